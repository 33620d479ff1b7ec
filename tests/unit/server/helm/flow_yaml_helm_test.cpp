// What stands in a list is written anew; helm reads the same types from both texts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/formats/flow_yaml.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

constexpr char kText[] = R"(plain: [yes, no, on, off, y, n, true, True, FALSE, null, ~, Null]
numbers: [0, 010, 0o10, 0x1F, 0b11, -1, +1, 1_000, 1e3, 1E-3, .5, 5., 1.50]
large: [9223372036854775807, 18446744073709551615, 123456789012345678901234567890]
versions: [1.10, 1.2.3, v1, 1.10-rc1, 2001-12-14, 2001-12-14T21:59:43.10-05:00, 12:30:45]
quoted: ["yes", '010', "1e3", 'null', "", '~', "true"]
tagged: [!!str 5, !!str yes, !!int "7", !!float 1, !!binary aGVsbG8=]
text: ["a: b", 'it''s', "tab\tbell\a", "\u263a", plain text, "# no comment", '- x', '{', "\\"]
empty: {list: [], map: {}, nothing: , string: ''}
block: |
  one
    two # not a comment

  three: [
folded: >-
  four
  five
kept: |+
  six

multi: first
  second
  "third"
yes: a key
010: another
1.5: one more
? long key
: value
base: &base {a: 1, b: yes}
merged: {<<: *base, b: no}
alias: *base
)";

constexpr char kPrintsTypes[] = R"({{- define "types" -}}
{{- if kindIs "map" . }}{ {{- range $key, $value := . }}{{ $key | quote }}: {{ include "types" $value }}; {{ end -}} }
{{- else if kindIs "slice" . }}[ {{- range . }}{{ include "types" . }}, {{ end -}} ]
{{- else }}{{ kindOf . }} {{ printf "%v" . }} {{ toJson . }}{{ end -}}
{{- end -}}
types: {{ include "types" .Values | quote }}
)";

class FlowYamlByHelm : public testing::TestWithParam<int> {};

TEST_P(FlowYamlByHelm, HasTheSameTypes) {
  TestFolder folder;
  folder.Write("types/Chart.yaml", "{apiVersion: v2, name: types, version: 1.0.0}\n");
  folder.Write("types/templates/types.yaml", kPrintsTypes);
  const auto read = [&](const std::string& name, const std::string& text) {
    return Output({HelmBinary(GetParam()), "template", "r", folder.path() + "/types", "-f",
                   folder.Write(name, text)},
                  true);
  };
  const std::string as_written = read("written.yaml", kText);
  ASSERT_THAT(as_written, testing::HasSubstr("types: "));
  const std::string flow = FlowYaml(YAML::Load(kText), 1 << 20);
  EXPECT_EQ(flow.find('\n'), std::string::npos);
  EXPECT_EQ(read("flow.yaml", flow + "\n"), as_written) << flow;
}

INSTANTIATE_TEST_SUITE_P(Majors, FlowYamlByHelm, testing::Values(3, 4));

}  // namespace
}  // namespace wheelhouse::helm
