#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "server/kube/watch_cache.h"
#include "server/runs/log/daemon_log.h"
#include "server/setup/engine_options.h"
#include "server/setup/fit_connections.h"
#include "server/setup/room_options.h"
#include "server/setup/sources.h"
#include "server/watchdog/watchdog.h"

namespace wheelhouse::setup {
namespace {

config::v1::Config ConfigOf(const std::string& text) {
  config::v1::Config config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return config;
}

TEST(MaximaFor, OnlyCallersThatAreListedMayBeExclusive) {
  auto config = ConfigOf(R"(maxima { timeout { seconds: 60 } exclusive_callers: "tls:ops" })");
  EXPECT_TRUE(MaximaFor(config.maxima(), {"tls:ops", KnownBy::kCertificate}).exclusive);
  EXPECT_FALSE(MaximaFor(config.maxima(), {"unix:ops", KnownBy::kUnixSocket}).exclusive);
  config.mutable_maxima()->add_exclusive_callers("*");
  EXPECT_TRUE(MaximaFor(config.maxima(), {"unix:ops", KnownBy::kUnixSocket}).exclusive);
}

TEST(FitConnections, WhereDescriptorsAreFewEachListenerHasFewer) {
  auto config = ConfigOf(
      "listen { unix: '/a' } listen { unix: '/b' } "
      "limits { connections: 4096 connections_per_caller: 2048 }");
  FitConnections(20'000, &config);
  EXPECT_EQ(config.limits().connections(), 4096);
  FitConnections(4'000, &config);  // of which watches may take 1,000
  EXPECT_EQ(config.limits().connections(), 1000);
  EXPECT_EQ(config.limits().connections_per_caller(), 1000);
  FitConnections(500, &config);
  EXPECT_EQ(config.limits().connections(), 1);
}

TEST(MostWatches, OfAllClustersTakeAQuarterOfWhatMayBeOpen) {
  EXPECT_EQ(MostWatches(4'000, 1), 1'000);
  EXPECT_EQ(MostWatches(4'000, 10), 100);
  EXPECT_EQ(MostWatches(1'000'000, 10), kube::WatchCache::kMostWatches);
}

TEST(SourcesOf, WhatIsWrongWithASourceIsNamedByItsField) {
  const auto config = ConfigOf(R"(sources { allow { url: "ftp://charts.example" } })");
  EXPECT_FALSE(SourcesOf(config).ok());
  EXPECT_EQ(WrongWithSource(config.sources().allow(0)).count(".url"), 1u);
}

TEST(EngineOptionsOf, EachBoundIsTheConfigurations) {
  const auto config = ConfigOf(
      "limits { parallel_charts: 1 queued_runs: 2 queued_runs_per_caller: 3 log_bytes: 4 "
      "         kept_bytes_per_caller: 5 } "
      "maxima { parallel_runs: 6 } retention { max_runs: 7 max_bytes: 8 max_age { seconds: 9 } } "
      "saved_plans { per_caller: 10 keep_for { seconds: 11 } }");
  const auto sources = *SourcesOf({});
  runs::DaemonLog log;
  Watchdog watchdog;
  const runs::EngineOptions options = EngineOptionsOf(config, {}, nullptr, sources, log, watchdog);
  EXPECT_EQ(options.max_parallel_charts, 1);
  EXPECT_EQ(options.queue.queued, 2);
  EXPECT_EQ(options.queue.queued_of_a_caller, 3);
  EXPECT_EQ(options.log_bytes, 4);
  EXPECT_EQ(options.kept_bytes, 5);
  EXPECT_EQ(options.queue.running_of_a_caller, 6);
  EXPECT_EQ(options.retention.max_runs, 7);
  EXPECT_EQ(options.retention.max_bytes, 8);
  EXPECT_EQ(options.retention.max_age, absl::Seconds(9));
  EXPECT_EQ(options.saved_plans.per_caller, 10);
  EXPECT_EQ(options.saved_plans.keep_for, absl::Seconds(11));
}

TEST(RoomOptions, EachBoundOfWhatCallersSendIsTheConfigurations) {
  const auto config = ConfigOf(
      "limits { streams_per_caller: 1 uploads_per_caller: 2 hook_sessions_per_caller: 3 "
      "         connections: 5 connections_per_caller: 4 "
      "         upload_bytes: 6 quota_bytes: 7 uploading_bytes: 8 }");
  const api::StreamLimits streams = StreamLimitsOf(config);
  EXPECT_EQ(streams.streams_per_caller, 1);
  EXPECT_EQ(streams.uploads_per_caller, 2);
  EXPECT_EQ(streams.hook_sessions_per_caller, 3);
  EXPECT_EQ(ConnectionLimitsOf(config).per_caller, 4);
  EXPECT_EQ(ConnectionLimitsOf(config).connections, 5);
  EXPECT_EQ(ChartLimitsOf(config).archive_bytes, 6u);
  EXPECT_EQ(ChartLimitsOf(config).unpacked_bytes, 30u);
  EXPECT_EQ(ArchiveLimitsOf(config).quota_bytes, 7u);
  EXPECT_EQ(UploadSpaceOf(config).bytes_per_caller, 7);
  EXPECT_EQ(UploadSpaceOf(config).bytes, 8);
}

TEST(RoomOptions, EachBoundOfAChildIsTheConfigurations) {
  const ChildLimits limits = ChildLimitsOf(
      ConfigOf("children { memory_bytes: 1 file_bytes: 2 cpus: 3 cpu_time { seconds: 4 } }"));
  EXPECT_EQ(limits.memory_bytes, 1u);
  EXPECT_EQ(limits.file_bytes, 2u);
  EXPECT_EQ(limits.cpus, 3);
  EXPECT_EQ(limits.cpu_seconds, 4);
}

}  // namespace
}  // namespace wheelhouse::setup
