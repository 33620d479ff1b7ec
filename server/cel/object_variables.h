// How an expression sees an object of Kubernetes: its fields by their names, as in Flux's health
// checks, and the whole as `object`.
#pragma once

#include <string>
#include <vector>

#include "server/cel/expression.h"

namespace wheelhouse::cel {

// The fields that most objects have. Others are read as `object.rules`.
inline const std::vector<std::string>& ObjectVariables() {
  static const auto* const variables = new std::vector<std::string>{
      "apiVersion", "kind", "metadata", "spec", "status", "data", "object"};
  return *variables;
}

// A field that the object does not have is not set: reading it is NOT_FOUND, `object.?status` none.
inline Activation ActivationOf(const Json& object) {
  Activation activation;
  for (const std::string& name : ObjectVariables()) {
    const auto field = object.find(name);
    if (field != object.end()) activation.Set(name, *field);
  }
  activation.Set("object", object);
  return activation;
}

}  // namespace wheelhouse::cel
