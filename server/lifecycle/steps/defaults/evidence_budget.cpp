#include "server/lifecycle/steps/defaults/evidence_budget.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "common/utf8.h"

namespace wheelhouse::lifecycle {

std::vector<size_t> FairShares(const std::vector<size_t>& wanted, size_t budget) {
  std::vector<size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return wanted[i]; });
  std::vector<size_t> shares(wanted.size());
  size_t left = order.size();
  for (const size_t i : order) {
    shares[i] = std::min(wanted[i], budget / left--);
    budget -= shares[i];
  }
  return shares;
}

std::vector<v1::Evidence> WithinBudget(const std::vector<EvidencePiece>& pieces, size_t budget) {
  std::map<std::string, std::vector<size_t>> kinds;
  for (size_t i = 0; i < pieces.size(); ++i) kinds[pieces[i].kind].push_back(i);
  std::vector<size_t> wanted_by_kind;
  for (const auto& [kind, members] : kinds) {
    size_t wanted = 0;
    for (const size_t i : members) wanted += pieces[i].text.size();
    wanted_by_kind.push_back(wanted);
  }
  const std::vector<size_t> kind_shares = FairShares(wanted_by_kind, budget);
  std::vector<size_t> shares(pieces.size());
  size_t at = 0;
  for (const auto& [kind, members] : kinds) {
    std::vector<size_t> wanted;
    for (const size_t i : members) wanted.push_back(pieces[i].text.size());
    const std::vector<size_t> of_kind = FairShares(wanted, kind_shares[at++]);
    for (size_t j = 0; j < members.size(); ++j) shares[members[j]] = of_kind[j];
  }
  std::vector<v1::Evidence> evidence;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const EvidencePiece& piece = pieces[i];
    const absl::string_view cut =
        piece.tail ? TailAtCharacter(piece.text, shares[i]) : CutAtCharacter(piece.text, shares[i]);
    if (cut.empty()) continue;
    v1::Evidence& one = evidence.emplace_back();
    one.set_kind(piece.kind);
    one.set_object(piece.object);
    one.set_text(std::string(cut));
    one.set_truncated(cut.size() < piece.text.size());
  }
  return evidence;
}

}  // namespace wheelhouse::lifecycle
