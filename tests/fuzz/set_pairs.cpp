// --set as a user writes it: split by the client, read by the daemon.
#include "client/cli/plan/set_flag.h"
#include "common/formats/set_grammar.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  if (size == 0) return 0;
  SetDocument document(data[0] % 2 == 1);
  const auto pairs = cli::SplitSet(fuzz::Text(data + 1, size - 1));
  if (!pairs.ok()) return 0;
  for (const v1::SetValue& pair : *pairs) {
    if (!document.Merge(pair.key(), pair.value()).ok()) continue;
    const auto path = ParseSetKey(pair.key());
    fuzz::Require(path.ok(), "a key that was merged can be read");
    const auto again = ParseSetKey(SetKey(*path));
    fuzz::Require(again.ok() && SetKey(*again) == SetKey(*path), "a key is read as it was written");
  }
  fuzz::Require(document.json().is_object(), "pairs make an object");
  return 0;
}
