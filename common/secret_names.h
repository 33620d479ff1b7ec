// What the name of a value says of it: `adminPassword` is a secret, `passwordSecretName` the name
// of an object that holds one. Names are compared by their words (camelCase, snake_case,
// kebab-case), so that `tokenizer` does not count as a token. The tables are in secret_names.cpp.
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <vector>

namespace wheelhouse {

enum class NameSays {
  kNothing,
  kSecret,
  kReference,  // something about a secret, or what an object is called, that may be read by anybody
};

// `parent` is the name of the mapping that it stands in, or empty: `key` alone says nothing, and
// `tls.key` is a secret.
NameSays WhatNameSays(absl::string_view name, absl::string_view parent = {});

// `dbPasswordV2` is `db`, `password`, `v2`; in lower case.
std::vector<std::string> WordsOf(absl::string_view name);

}  // namespace wheelhouse
