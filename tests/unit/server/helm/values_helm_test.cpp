// The same layers given to the real helm by hand and by us render the same, types included.
#include <gtest/gtest.h>

#include "server/helm/helm_argv.h"
#include "server/helm/values.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

constexpr char kPrintsTypes[] = R"({{- define "types" -}}
{{- if kindIs "map" . }}{ {{- range $key, $value := . }}{{ $key }}: {{ include "types" $value }}; {{ end -}} }
{{- else if kindIs "slice" . }}[ {{- range . }}{{ include "types" . }}, {{ end -}} ]
{{- else }}{{ kindOf . }} {{ printf "%v" . }} {{ toJson . }}{{ end -}}
{{- end -}}
namespace: {{ .Release.Namespace }}
types: {{ include "types" .Values | quote }}
equal: {{ if kindIs "int64" .Values.n }}{{ eq .Values.n 1 }}{{ end }}
)";

class ValuesByHelm : public testing::TestWithParam<int> {
 protected:
  ValuesByHelm() {
    folder_.Write("types/Chart.yaml", "{apiVersion: v2, name: types, version: 1.0.0}\n");
    folder_.Write("types/values.yaml", "{default: 5, list: [1, x], map: {a: 1, b: null}}\n");
    folder_.Write("types/templates/types.yaml", kPrintsTypes);
  }

  std::string ByHand(const v1::ChartInfo& chart) {
    Argv argv = {HelmBinary(GetParam()), "template", "r", folder_.path() + "/types", "-n", "shop"};
    for (const auto* files : {&chart.values_files(), &chart.yaml_files_content()}) {
      for (const v1::ValuesFile& file : *files) {
        argv.push_back("-f");
        argv.push_back(folder_.Write(file.name(), file.content()));
      }
    }
    for (const v1::SetValue& pair : chart.values())
      argv.push_back("--set=" + pair.key() + "=" + pair.value());
    for (const v1::SetValue& pair : chart.values_string())
      argv.push_back("--set-string=" + pair.key() + "=" + pair.value());
    return Output(argv, true);
  }

  std::string ByUs(const v1::ChartInfo& chart) {
    const auto values = WriteValues(chart, folder_.path());
    if (!values.ok()) return std::string(values.status().message());
    Argv argv = RenderArgv(GetParam(), {"r", "shop", folder_.path() + "/types", (*values)->paths(),
                                        (*values)->sets(), "", false});
    argv.insert(argv.begin(), HelmBinary(GetParam()));
    return Output(argv, true);
  }

  TestFolder folder_;
};

void Add(google::protobuf::RepeatedPtrField<v1::SetValue>* pairs, const std::string& key,
         const std::string& value) {
  v1::SetValue* pair = pairs->Add();
  pair->set_key(key);
  pair->set_value(value);
}

TEST_P(ValuesByHelm, AreWhatTheyAreByHand) {
  v1::ChartInfo chart;
  v1::ValuesFile* file = chart.add_values_files();
  file->set_name("low.yaml");
  file->set_content("replaced: 1\nkept: 12345678\nmap: {c: 2, text: t}\nlist: [1, 2]\nover: low\n");
  file = chart.add_yaml_files_content();
  file->set_name("high.yaml");
  file->set_content("over: high\nflag: yes\nbig: 1e3\n");  // no newline would do as well
  auto* values = chart.mutable_values();
  Add(values, "n", "1");
  Add(values, "account", "123456789012");
  Add(values, "million", "12345678");
  Add(values, "exact", "9007199254740993");  // no float64
  Add(values, "negative", "-7");
  Add(values, "text", "007");
  Add(values, "decimal", "1.5");
  Add(values, "replaced", "2");
  Add(values, "map.a", "3");
  Add(values, "map.d\\.e/f", "4");
  Add(values, "own[0]", "6");
  Add(values, "own[2].x[1]", "7");
  Add(values, "ports", "{80,x,443,true,null}");
  Add(values, "escaped\\,\\=\\[", "8");
  Add(values, "--namespace", "9");  // a key, never a flag
  Add(values, "gone", "null");
  Add(values, "default", "null");
  Add(values, "comma", "a\\,b");
  Add(values, "covered.number", "10");
  Add(values, "covered.beside", "11");
  Add(values, "whole", "{1,2}");
  auto* strings = chart.mutable_values_string();
  Add(strings, "covered.number", "12");
  Add(strings, "whole", "{3}");
  Add(strings, "zero", "0");
  Add(strings, "map.text", "true");

  const std::string by_us = ByUs(chart);
  EXPECT_EQ(by_us, ByHand(chart));
  for (const char* line : {"namespace: shop", "account: int64 123456789012", "equal: true",
                           "exact: int64 9007199254740993", "covered: {beside: int64 11",
                           "number: string 12", "kept: float64 1.2345678e+07"}) {
    EXPECT_NE(by_us.find(line), std::string::npos) << line << " is not in\n" << by_us;
  }
}

// helm #32506.
TEST_P(ValuesByHelm, AreNotLostInAFileOf4096BytesWithoutANewline) {
  v1::ChartInfo chart;
  v1::ValuesFile* file = chart.add_values_files();
  file->set_name("long.yaml");
  file->set_content("long: " + std::string(4090, 'x'));
  EXPECT_NE(ByUs(chart).find("xxxx"), std::string::npos);
}

// What CheckValues refuses because helm does, helm does refuse.
TEST_P(ValuesByHelm, AreRefusedWhereHelmRefuses) {
  struct Wrong {
    const char *content, *key, *value;
  };
  for (const Wrong& wrong : std::initializer_list<Wrong>{{"a: 1\n", "a.b", "1"},
                                                         {"a:\n", "a.b", "1"},
                                                         {"a: [1]\n", "a.b", "1"},
                                                         {"a: {b: 1}\n", "a[0]", "1"},
                                                         {"a: x\n", "a[0]", "1"},
                                                         {"a: &x [*x]\n", "b", "1"},
                                                         {"? [a]\n: 1\n", "b", "1"},
                                                         {"- a\n", "b", "1"},
                                                         {"a: [\n", "b", "1"}}) {
    v1::ChartInfo chart;
    chart.add_values_files()->set_name("v.yaml");
    chart.mutable_values_files(0)->set_content(wrong.content);
    Add(chart.mutable_values(), wrong.key, wrong.value);
    EXPECT_FALSE(CheckValues(chart, "").ok()) << wrong.content << wrong.key;
    EXPECT_NE(ByHand(chart).find("Error"), std::string::npos) << wrong.content << wrong.key;
  }
}

INSTANTIATE_TEST_SUITE_P(OfBothMajors, ValuesByHelm, testing::Values(3, 4));

}  // namespace
}  // namespace wheelhouse::helm
