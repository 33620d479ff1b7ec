// A value as tests/oracle/cel writes it: the text names every kind of value.
#pragma once

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "server/cel/value.h"

namespace wheelhouse::cel {

inline std::string ValueText(const Value& value) {
  const auto hex = [](absl::string_view bytes) { return absl::BytesToHexString(bytes); };
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.truth() ? "true" : "false";
    case Kind::kInt:
      return absl::StrCat(value.get<int64_t>());
    case Kind::kUint:
      return absl::StrCat(value.get<uint64_t>(), "u");
    case Kind::kDouble:
      if (std::isnan(value.get<double>())) return "double NaN";
      return absl::StrFormat("double %x", std::bit_cast<uint64_t>(value.get<double>()));
    case Kind::kString:
      return "string " + hex(value.text());
    case Kind::kBytes:
      return "bytes " + hex(value.get<Bytes>().bytes);
    case Kind::kTimestamp:
      return absl::StrCat("timestamp ", value.get<Timestamp>().seconds, ".",
                          value.get<Timestamp>().nanos);
    case Kind::kDuration:
      return absl::StrCat("duration ", value.get<Duration>().nanos);
    case Kind::kType:
      return absl::StrCat("type ", NameOf(value.get<TypeName>().kind));
    case Kind::kOptional: {
      const Value* inner = value.get<OptionalView>().value;
      return inner == nullptr ? "optional none" : "optional " + ValueText(*inner);
    }
    case Kind::kList: {
      std::vector<std::string> items;
      for (size_t i = 0; i < value.get<ListView>().size(); ++i)
        items.push_back(ValueText(value.get<ListView>().at(i)));
      return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
    }
    case Kind::kMap: {
      std::vector<std::string> entries;
      (void)value.get<MapView>().ForEach([&](const Value& key, const Value& item) {
        entries.push_back(absl::StrCat(ValueText(key), ": ", ValueText(item)));
        return absl::OkStatus();
      });
      std::ranges::sort(entries);
      return absl::StrCat("{", absl::StrJoin(entries, ", "), "}");
    }
  }
  return "";
}

}  // namespace wheelhouse::cel
