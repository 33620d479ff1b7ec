#include "server/helm/record_size.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "common/failure.h"
#include "common/formats/values_layer.h"
#include "server/helm/release_payload.h"

namespace wheelhouse::helm {
namespace {

// Of gzip: the API server counts 1 MiB of its base64.
constexpr size_t kLargest = (1 << 20) / 4 * 3;
// By which an estimate may be above helm's.
constexpr double kUncertain = 1.06;
// Of chart and manifest; the rest is for values, and for what JSON escapes.
constexpr size_t kMostUnpacked = kMostUnpackedRelease / 8 * 7;
// Packing a part takes time; smaller parts do not decide.
constexpr size_t kSmall = 64 << 10;
constexpr size_t kLargestValues = 8 << 20;

// Of a Secret, where what is packed is base64.
std::string Mebibytes(size_t packed) {
  return absl::StrFormat("%.1f MiB", static_cast<double>(packed) * 4 / 3 / (1 << 20));
}

v1::Failure TooLarge(const std::string& what) {
  v1::Failure failure = FailureOf(MakeFailure(Reason::kChartTooLarge, what));
  failure.set_hint(
      "leave files that no template reads out of the chart with .helmignore, move files into a "
      "subchart, whose files helm does not record, or deploy it as several charts");
  return failure;
}

// As short as JSON can be.
void AddValue(const YAML::Node& node, std::string* json) {
  if (json->size() > kLargestValues) return;
  if (node.IsScalar()) absl::StrAppend(json, node.Scalar());
  for (const auto& one : node) {
    if (node.IsMap()) absl::StrAppend(json, "\"", one.first.Scalar(), "\":");
    AddValue(node.IsMap() ? one.second : one, json);
    absl::StrAppend(json, ",");
  }
}

}  // namespace

PackedSize::PackedSize() : streams_() {
  constexpr int kGzip = 16 + MAX_WBITS;
  const auto begin = [](z_stream& stream, int strategy) {
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8, strategy);
  };
  begin(streams_[0], Z_DEFAULT_STRATEGY);
  begin(streams_[1], Z_HUFFMAN_ONLY);
}

PackedSize::~PackedSize() {
  for (z_stream& stream : streams_) deflateEnd(&stream);
}

void PackedSize::Feed(absl::string_view text, int flush) {
  for (z_stream& stream : streams_) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    Bytef buffer[64 << 10];
    do {
      stream.next_out = buffer;
      stream.avail_out = sizeof(buffer);
      deflate(&stream, flush);
    } while (stream.avail_out == 0);
  }
}

void PackedSize::Add(absl::string_view text) {
  constexpr size_t kAtOnce = 1 << 20;
  for (size_t at = 0; at < text.size(); at += kAtOnce) Feed(text.substr(at, kAtOnce), Z_NO_FLUSH);
}

size_t PackedSize::Finish() {
  Feed("", Z_FINISH);
  return std::min(streams_[0].total_out, streams_[1].total_out);
}

void ChartInRecord::Add(absl::string_view path, absl::string_view content) {
  if (absl::StartsWith(path, "charts/") || path == "values.yaml" || path == "Chart.yaml" ||
      path == "Chart.lock")
    return;
  raw_ += content.size();
  // In whole groups of three bytes, so that the pieces make one base64.
  constexpr size_t kAtOnce = 3 << 18;
  for (size_t at = 0; at < content.size(); at += kAtOnce)
    packed_.Add(absl::Base64Escape(content.substr(at, kAtOnce)));
}

InRecord ChartInRecord::Finish() { return {raw_ < kSmall ? 0 : packed_.Finish(), raw_ / 3 * 4}; }

size_t PackedValues(const v1::ChartInfo& chart) {
  const v1::ValuesFile* highest = nullptr;
  for (const auto* list : {&chart.values_files(), &chart.yaml_files_content()}) {
    if (!list->empty()) highest = &*list->rbegin();
  }
  if (highest == nullptr || highest->content().size() < kSmall) return 0;
  const auto layer = ParseValuesLayer(highest->name(), highest->content());
  if (!layer.ok() || !layer->root.IsMap()) return 0;
  std::string json;
  AddValue(layer->root, &json);
  PackedSize packed;
  packed.Add(json);
  return packed.Finish();
}

absl::Status CheckRecordFits(const RecordParts& parts) {
  if (parts.unpacked > kMostUnpacked) {
    return StatusFrom(TooLarge(absl::StrCat(
        "helm's record of the release would unpack to ", parts.unpacked >> 20,
        " MiB or more, but at most ", kMostUnpacked >> 20, " MiB of chart and manifest are read")));
  }
  const size_t all = parts.chart + parts.values + parts.manifest;
  if (static_cast<double>(all) <= static_cast<double>(kLargest) * kUncertain)
    return absl::OkStatus();
  return StatusFrom(TooLarge(absl::StrFormat(
      "helm's record of the release would take %s, but a Secret holds at most 1 MiB: the "
      "chart's own files take %s of it, its manifest %s, the plan's values %s",
      Mebibytes(all), Mebibytes(parts.chart), Mebibytes(parts.manifest), Mebibytes(parts.values))));
}

}  // namespace wheelhouse::helm
