#include "common/formats/parse_scope.h"

namespace wheelhouse {
namespace {

thread_local ParseScope* innermost = nullptr;

}  // namespace

ParseScope::ParseScope(const Context& context) : context_(context), outer_(innermost) {
  innermost = this;
}

ParseScope::~ParseScope() { innermost = outer_; }

bool ParseScope::Ended() {
  if (innermost == nullptr || innermost->context_.Check().ok()) return false;
  return innermost->interrupted_ = true;
}

}  // namespace wheelhouse
