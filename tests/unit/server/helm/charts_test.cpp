#include "server/helm/charts.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <random>

#include "common/failure.h"
#include "server/helm/helm_argv.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

struct Entry {
  std::string path;
  std::string content;
  mode_t mode = AE_IFREG | 0644;
  std::string hard_link;
};

struct Packing {
  int format = ARCHIVE_FORMAT_TAR_USTAR;
  const char* level = "6";
  time_t modified = 1;
  int gzips = 1;
};

std::string Pack(const std::vector<Entry>& entries, const Packing& packing = {}) {
  size_t most = 1 << 20;
  for (const Entry& one : entries) most += one.content.size();
  std::string packed(most, '\0');
  size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format(writer, packing.format);
  for (int i = 0; i < packing.gzips; ++i) {
    archive_write_add_filter_gzip(writer);
    archive_write_set_filter_option(writer, "gzip", "compression-level", packing.level);
  }
  archive_write_open_memory(writer, packed.data(), packed.size(), &used);
  for (const Entry& one : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, one.path.c_str());
    archive_entry_set_mode(entry, one.mode);
    archive_entry_set_mtime(entry, packing.modified, 0);
    archive_entry_set_size(entry, static_cast<int64_t>(one.content.size()));
    if ((one.mode & AE_IFMT) == AE_IFLNK) archive_entry_set_symlink(entry, "/etc/passwd");
    if (!one.hard_link.empty()) archive_entry_set_hardlink(entry, one.hard_link.c_str());
    archive_write_header(writer, entry);
    archive_write_data(writer, one.content.data(), one.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  packed.resize(used);
  return packed;
}

const ChartLimits kLimits = LimitsFor(20 << 20);

// kLimits but for one of them.
ChartLimits With(size_t ChartLimits::* limit, size_t value) {
  ChartLimits limits = kLimits;
  limits.*limit = value;
  return limits;
}

const Entry kChartYaml = {"web/Chart.yaml", "{apiVersion: v2, name: web, version: 1.2.3}\n"};

class Charts : public testing::Test {
 protected:
  absl::StatusOr<Chart> ReadPacked(const std::string& packed, const ChartLimits& limits = kLimits) {
    return ReadChartArchive(folder_.Write("chart.tgz", packed), limits);
  }
  absl::StatusOr<Chart> Read(std::vector<Entry> entries, const ChartLimits& limits = kLimits) {
    entries.insert(entries.begin(), kChartYaml);
    return ReadPacked(Pack(entries), limits);
  }
  // Why such a chart is refused; the entry or folder at fault is in it.
  std::string Refusal(const std::vector<Entry>& entries) {
    const absl::Status status = Read(entries).status();
    return HasReason(status, Reason::kChartInvalid) ? std::string(status.message())
                                                    : "not refused: " + status.ToString();
  }
  std::string Digest(const std::vector<Entry>& entries, const Packing& packing = {}) {
    const auto chart = ReadPacked(Pack(entries, packing));
    return chart.ok() ? chart->digest : chart.status().ToString();
  }
  std::vector<std::string> CrdPaths(const std::vector<Entry>& entries) {
    const auto chart = Read(entries);
    if (!chart.ok()) return {chart.status().ToString()};
    std::vector<std::string> paths;
    for (const CrdFile& crd : chart->crd_files) paths.push_back(crd.path);
    return paths;
  }

  TestFolder folder_;
};

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Charts, AreReadOnce) {
  const auto chart = Read({{"web/values.yaml", "a: 1\n"}, {"web/", "", AE_IFDIR | 0755}});
  ASSERT_TRUE(chart.ok()) << chart.status();
  EXPECT_EQ(chart->name, "web");
  EXPECT_EQ(chart->version, "1.2.3");
  EXPECT_EQ(chart->values_yaml, "a: 1\n");
}

TEST_F(Charts, HaveADigestOfTheirFilesAlone) {
  const std::vector<Entry> entries = {kChartYaml, {"web/a", "a"}, {"web/b", "b"}};
  const std::string digest = Digest(entries);
  EXPECT_EQ(digest.substr(0, 7), "sha256:");
  EXPECT_EQ(Digest({entries[2], entries[0], entries[1]}), digest);
  EXPECT_EQ(Digest(entries, {.modified = 1700000000}), digest);
  EXPECT_EQ(Digest(entries, {.level = "0"}), digest);
  EXPECT_EQ(Digest(entries, {.format = ARCHIVE_FORMAT_TAR_GNUTAR}), digest);
  EXPECT_EQ(Digest({kChartYaml, {"web/a", "a", AE_IFREG | 0600}, entries[2]}), digest);
  EXPECT_EQ(Digest({kChartYaml, {"web/x/", "", AE_IFDIR | 0755}, entries[1], entries[2]}), digest);

  EXPECT_NE(Digest({kChartYaml, {"web/a", "a", AE_IFREG | 0755}, entries[2]}), digest);
  EXPECT_NE(Digest({kChartYaml, {"web/a", "ab"}, {"web/b", ""}}), digest);
  EXPECT_NE(Digest({kChartYaml, {"web/b", "a"}, {"web/a", "b"}}), digest);
}

TEST_F(Charts, MayHaveLongAndForeignNames) {
  const std::string name = "web/templates/" + std::string(120, 'n') + "/é.yaml";
  for (const int format : {ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FORMAT_TAR_GNUTAR}) {
    EXPECT_EQ(Digest({kChartYaml, {name, "a"}, {"web/.helmignore", "x"}}, {.format = format})
                  .substr(0, 7),
              "sha256:");
  }
}

// As helm reads them: tar on Windows, `tar -C chart .`, scripts that join paths.
TEST_F(Charts, OfOtherPackersAreTheSameCharts) {
  const std::string digest = Digest({kChartYaml, {"web/templates/a.yaml", "a"}});
  const std::string yaml = kChartYaml.content;
  EXPECT_EQ(Digest({{"web\\Chart.yaml", yaml}, {"web\\templates\\a.yaml", "a"}}), digest);
  EXPECT_EQ(Digest({{"./Chart.yaml", yaml}, {"./templates/a.yaml", "a"}}), digest);
  EXPECT_EQ(Digest({kChartYaml, {"web/templates//./a.yaml", "a"}}), digest);
  EXPECT_TRUE(Holds(Refusal({{"web/templates/a.yaml", "1"}, {"web/templates/./a.yaml", "2"}}),
                    "appears twice"));
}

TEST_F(Charts, WithLinksAndDevicesAreRefused) {
  EXPECT_TRUE(Holds(Refusal({{"web/link", "", AE_IFLNK | 0777}}), "web/link"));
  EXPECT_TRUE(Holds(Refusal({{"web/hard", "", AE_IFREG | 0644, "web/Chart.yaml"}}), "web/hard"));
  EXPECT_TRUE(Holds(Refusal({{"web/pipe", "", AE_IFIFO | 0644}}), "web/pipe"));
  EXPECT_TRUE(Holds(Refusal({{"web/null", "", AE_IFCHR | 0644}}), "web/null"));
}

TEST_F(Charts, ThatLeaveTheirFolderAreRefused) {
  EXPECT_TRUE(Holds(Refusal({{"web/../../etc/x", "x"}}), "leaves the archive"));
  EXPECT_TRUE(Holds(Refusal({{"../web/x", "x"}}), "not inside the chart's folder"));
  EXPECT_TRUE(Holds(Refusal({{"web\\..\\..\\x", "x"}}), "leaves the archive"));
  EXPECT_TRUE(Holds(Refusal({{"/web/x", "x"}}), "absolute"));
  EXPECT_TRUE(Holds(Refusal({{"web//x", "x"}}), "absolute"));
  EXPECT_TRUE(Holds(Refusal({{"web/C:/x", "x"}}), "names a drive"));
  EXPECT_TRUE(Holds(Refusal({{"web/templates\\x", "x"}}), "both / and \\"));
  EXPECT_TRUE(Holds(Refusal({{"x", "x"}}), "not inside the chart's folder"));
}

TEST_F(Charts, WithTwoFoldersOrOnePathTwiceAreRefused) {
  EXPECT_TRUE(Holds(Refusal({{"other/x", "x"}}), "web and other"));
  EXPECT_TRUE(Holds(Refusal({{"web/x", "1"}, {"web/x", "2"}}), "web/x appears twice"));
}

TEST_F(Charts, ThatHelmWouldNotReadAreRefused) {
  EXPECT_TRUE(HasReason(ReadPacked("no archive").status(), Reason::kChartInvalid));
  EXPECT_TRUE(
      HasReason(ReadPacked(Pack({kChartYaml}, {.gzips = 0})).status(), Reason::kChartInvalid));
  EXPECT_TRUE(
      HasReason(ReadPacked(Pack({kChartYaml}, {.gzips = 2})).status(), Reason::kChartInvalid));
  EXPECT_TRUE(HasReason(ReadPacked(Pack({{"./web/Chart.yaml", kChartYaml.content}})).status(),
                        Reason::kChartInvalid));
  EXPECT_TRUE(
      HasReason(ReadPacked(Pack({{"web/values.yaml", ""}})).status(), Reason::kChartInvalid));
  const std::string whole = Pack({kChartYaml, {"web/x", std::string(100'000, 'x')}});
  EXPECT_TRUE(
      HasReason(ReadPacked(whole.substr(0, whole.size() / 2)).status(), Reason::kChartInvalid));
}

TEST_F(Charts, AreBounded) {
  const std::string zeros(3 << 20, '\0');
  const auto too_large = [](const auto& read) {
    return HasReason(read.status(), Reason::kChartTooLarge);
  };
  EXPECT_TRUE(too_large(Read({{"web/x", "x"}}, With(&ChartLimits::archive_bytes, 100))));
  EXPECT_TRUE(too_large(Read({{"web/bomb", zeros}}, With(&ChartLimits::unpacked_bytes, 2 << 20))));
  EXPECT_TRUE(too_large(Read({{"web/1", "x"}, {"web/2", "x"}}, With(&ChartLimits::files, 2))));
  EXPECT_TRUE(too_large(
      Read(std::vector<Entry>(3, {"web/d/", "", AE_IFDIR | 0755}), With(&ChartLimits::files, 3))));
  EXPECT_TRUE(Read({{"web/almost", zeros}}, With(&ChartLimits::unpacked_bytes, 4 << 20)).ok());
}

// What limits.uploadBytes of the configuration says is what the reader takes.
TEST_F(Charts, MayBeAsLargeAsTheBoundThatIsConfigured) {
  constexpr int kDefault = 20 << 20, kRaised = 24 << 20;
  std::minstd_rand random;
  std::string noise(kDefault + 1, '\0');  // does not compress
  for (char& byte : noise) byte = static_cast<char>(random());
  const std::string packed = Pack({kChartYaml, {"web/noise", noise}}, {.level = "1"});
  EXPECT_TRUE(HasReason(ReadPacked(packed, LimitsFor(kDefault)).status(), Reason::kChartTooLarge));
  const auto chart = ReadPacked(packed, LimitsFor(kRaised));
  EXPECT_TRUE(chart.ok()) << chart.status();
}

TEST_F(Charts, ShareTheirBoundsWithWhatIsNestedInThem) {
  const std::string zeros(3 << 20, '\0');
  const std::string sub =
      Pack({{"sub/Chart.yaml", "{name: sub, version: 1.0.0}"}, {"sub/z", zeros}});
  const auto read = [&](const ChartLimits& limits) {
    return Read({{"web/charts/a.tgz", sub}, {"web/charts/b.tgz", sub}}, limits).status();
  };
  EXPECT_TRUE(read(kLimits).ok()) << read(kLimits);
  EXPECT_TRUE(HasReason(read(With(&ChartLimits::unpacked_bytes, 5 << 20)), Reason::kChartTooLarge));
  EXPECT_TRUE(read(With(&ChartLimits::files, 7)).ok());
  EXPECT_TRUE(HasReason(read(With(&ChartLimits::files, 6)), Reason::kChartTooLarge));

  std::string nested = sub;
  for (int i = 0; i < 9; ++i) nested = Pack({{"sub/charts/sub.tgz", nested}});
  EXPECT_TRUE(Holds(Refusal({{"web/charts/sub.tgz", nested}}), "nested more than 8 deep"));
  EXPECT_TRUE(Holds(Refusal({{"web/charts/sub.tgz", "broken"}}), "charts/sub.tgz"));
}

TEST_F(Charts, HoldNoMoreYamlThanCanBeRead) {
  std::string bomb = "x: [";
  for (int i = 0; i < 100'000; ++i) bomb += "1,";
  bomb += "1]\n";
  const auto bound = [this](const std::vector<Entry>& entries) {
    const absl::Status status = Read(entries).status();
    return HasReason(status, Reason::kChartTooLarge) ? std::string(status.message())
                                                     : "not refused";
  };
  EXPECT_TRUE(Holds(bound({{"web/values.yaml", bomb}}), "values.yaml:1: this is too large"));
  EXPECT_TRUE(Holds(bound({{"web/crds/a.yaml", bomb}}), "crds/a.yaml:1: this is too large"));
  EXPECT_TRUE(Holds(bound({{"web/charts/sub/Chart.yaml", "{name: sub, version: 1.0.0}"},
                           {"web/charts/sub/values.yaml", bomb}}),
                    "charts/sub/values.yaml:1: this is too large"));
  const std::string text = "x: " + std::string(9 << 20, 'x');
  EXPECT_TRUE(Holds(bound({{"web/values.yaml", text}}), "more than 8388608 bytes"));
  std::vector<Entry> many;
  for (const char* name : {"a", "b", "c", "d", "e"})
    many.push_back({std::string("web/crds/") + name + ".yaml", std::string(7 << 20, '#')});
  EXPECT_TRUE(Holds(bound(many), "more than 33554432 bytes"));
  EXPECT_TRUE(Read({{"web/files/data.yaml", bomb}}).ok());
}

TEST_F(Charts, ThatTheDiskHasDamagedAreToBeUploadedAgain) {
  const std::string packed = Pack({kChartYaml, {"web/a", "a"}});
  const std::string path = folder_.Write("chart.tgz", packed);
  const std::string digest = Digest({kChartYaml, {"web/a", "a"}});
  EXPECT_TRUE(ChartReader(kLimits).ReadKept(path, digest).ok());
  for (const std::string& now : {packed.substr(0, 100), Pack({kChartYaml, {"web/a", "b"}})}) {
    folder_.Write("chart.tgz", now);
    const absl::Status status = ChartReader(kLimits).ReadKept(path, digest).status();
    EXPECT_TRUE(HasReason(status, Reason::kChartNotUploaded)) << status;
    EXPECT_TRUE(Holds(std::string(status.message()), digest));
  }
}

TEST_F(Charts, HaveTheCrdsDirectlyBelowTheRootOfAChart) {
  const std::string packed = Pack({{"any/crds/p.json", "{}"},
                                   {"any/charts/in/crds/q.YML", "{}"},
                                   {"any/templates/crds/n.yaml", "{}"}});
  EXPECT_EQ(
      CrdPaths({{"web/charts/z/crds/c.yaml", "{}"},
                {"web/charts/z/charts/y/crds/d.yaml", "{}"},
                {"web/charts/z/templates/crds/no.yaml", "{}"},
                {"web/charts/_off/crds/no.yaml", "{}"},
                {"web/charts/.off/crds/no.yaml", "{}"},
                {"web/charts/p-1.0.0.tgz", packed},
                {"web/charts/p-1.0.0.tgz.prov", "signed"},
                {"web/templates/crds/no.yaml", "{}"},
                {"web/files/crds/no.yaml", "{}"},
                {"web/crds/README.md", "no"},
                {"web/crds/more/b.yaml", "{}"},
                {"web/crds/a.yaml", "{}"}}),
      (std::vector<std::string>{"crds/a.yaml", "crds/more/b.yaml", "charts/p-1.0.0.tgz!crds/p.json",
                                "charts/p-1.0.0.tgz!charts/in/crds/q.YML", "charts/z/crds/c.yaml",
                                "charts/z/charts/y/crds/d.yaml"}));
}

// Conditions, tags and aliases are helm's: what `helm template` prints says which CRDs count.
class EnabledCrds : public Charts, public testing::WithParamInterface<int> {
 protected:
  static std::string Crd(const std::string& name) {
    return "kind: CustomResourceDefinition\nmetadata: {name: " + name + "}\n";
  }
  static std::vector<Entry> Sub(const std::string& root, const std::string& name) {
    return {{root + "/Chart.yaml", "{apiVersion: v2, name: " + name + ", version: 1.0.0}\n"},
            {root + "/crds/" + name + ".yaml", Crd(name)},
            {root + "/templates/t.yaml", "kind: " + name + "\n"}};
  }
  void SetUp() override {
    std::vector<Entry> entries = {
        {"web/Chart.yaml",
         "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n"
         "- {name: plain, version: 1.0.0, condition: plain.enabled}\n"
         "- {name: packed, version: 1.0.0, alias: first, condition: first.enabled}\n"
         "- {name: packed, version: 1.0.0, alias: second, condition: second.enabled}\n"
         "- {name: tagged, version: 1.0.0, tags: [extra]}\n"},
        {"web/values.yaml",
         "plain: {enabled: true}\nfirst: {enabled: false}\ntags: {extra: false}\n"},
        {"web/crds/b.yaml", "\n# two documents\n" + Crd("b") + "---\n" + Crd("b2") + "\n\n"},
        {"web/crds/a.yaml", "\xEF\xBB\xBF" + Crd("a")},  // helm drops the mark
        {"web/crds/empty.yaml", ""},
        {"web/templates/t.yaml", "kind: Web\nmetadata: {annotations: {helm.sh/hook: test}}\n"},
        {"web/charts/packed-1.0.0.tgz", Pack(Sub("packed", "packed"))}};
    for (const char* name : {"plain", "tagged"}) {
      for (const Entry& entry : Sub(std::string("web/charts/") + name, name))
        entries.push_back(entry);
    }
    archive_ = folder_.path() + "/packed.tgz";
    const auto read = ChartReader(kLimits).Read(folder_.Write("web.tgz", Pack(entries)), archive_);
    ASSERT_TRUE(read.ok()) << read.status();
  }
  // Renders, keeps the enabled ones in names_, and returns what is left.
  std::string Split(const std::vector<std::string>& sets) {
    Argv argv = RenderArgv(
        GetParam(),
        {.release = "r", .ns = "shop", .chart_archive = archive_, .sets = sets, .with_crds = true});
    argv.insert(argv.begin(), HelmBinary(GetParam()));
    const auto chart = ReadChartArchive(archive_, kLimits);
    if (!chart.ok()) return chart.status().ToString();
    std::vector<CrdFile> crds = chart->crd_files;
    std::string rest = SplitEnabledCrds(Output(argv, true), &crds);
    names_.clear();
    for (const CrdFile& crd : crds) names_.push_back(std::filesystem::path(crd.path).stem());
    return rest;
  }

  std::string archive_;
  std::vector<std::string> names_;
};

TEST_P(EnabledCrds, AreThoseThatHelmPrints) {
  using Names = std::vector<std::string>;
  const std::string rest = Split({});
  EXPECT_EQ(names_, (Names{"a", "b", "empty", "packed", "plain"}));  // by the alias `second`
  EXPECT_EQ(rest, Output({HelmBinary(GetParam()), "template", "r", archive_, "--namespace", "shop",
                          "--skip-crds"}));

  Split({"plain.enabled=false", "second.enabled=false", "tags.extra=true"});
  EXPECT_EQ(names_, (Names{"a", "b", "empty", "tagged"}));
  Split({"plain.enabled=false", "second.enabled=false"});
  EXPECT_EQ(names_, (Names{"a", "b", "empty"}));
}

INSTANTIATE_TEST_SUITE_P(OfBothMajors, EnabledCrds, testing::Values(3, 4));

TEST(SplitEnabledCrds, TakesTheLongestOfFilesThatBeginAlike) {
  const std::string one = "kind: A\n";
  const std::string two = one + "---\n# Source: web/crds/x.yaml\nkind: B\n";
  std::vector<CrdFile> crds = {{"crds/1.yaml", one}, {"crds/2.yaml", two}};
  EXPECT_EQ(SplitEnabledCrds("---\n# Source: web/crds/2.yaml\n" + two, &crds), "");
  ASSERT_EQ(crds.size(), 1u);
  EXPECT_EQ(crds[0].path, "crds/2.yaml");
}

TEST(SplitEnabledCrds, LeavesAManifestWithoutCrdsAlone) {
  const std::string crd = "kind: A\nmore: 1\n";
  for (const std::string& manifest : {std::string(), std::string("---\n# Source: web/crds/t.yaml"),
                                      std::string("---\n# Source: web/templates/t.yaml\nkind: A\n"),
                                      "---\n# Source: web/templates/crds/t.yaml\n" + crd}) {
    std::vector<CrdFile> crds = {{"crds/1.yaml", crd}};
    EXPECT_EQ(SplitEnabledCrds(manifest, &crds), manifest);
    EXPECT_TRUE(crds.empty());
  }
}

}  // namespace
}  // namespace wheelhouse::helm
