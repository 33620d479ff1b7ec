// Ends long parses with a Context. A values file within its bounds keeps yaml-cpp busy for seconds,
// and is parsed more than once; a list of the API server's takes a while too. Whoever cancels a run
// does not want to wait for that.
#pragma once

#include "common/context.h"

namespace wheelhouse {

// While it lives, the parsers of this folder stop on this thread, in the midst of a text, once the
// Context has ended: those of YAML throw YamlInterrupted, or answer with an error that says nothing
// of its cause, and those of JSON answer with a discarded value, as for what is not JSON. So
// whoever makes a scope asks at its end whether a parse was interrupted, and then returns the
// Context's cause. Of scopes within scopes the innermost counts. It is made and destroyed by one
// thread.
class ParseScope {
 public:
  // Copies `context`. Context::Background() lets what is parsed within be parsed to its end.
  explicit ParseScope(const Context& context);
  ~ParseScope();
  ParseScope(const ParseScope&) = delete;
  ParseScope& operator=(const ParseScope&) = delete;

  bool interrupted() const { return interrupted_; }

  // For parsers: whether the innermost scope of this thread has ended. It then counts as
  // interrupted. False without a scope.
  static bool Ended();

 private:
  const Context context_;
  ParseScope* const outer_;
  bool interrupted_ = false;
};

}  // namespace wheelhouse
