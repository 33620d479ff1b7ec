// A run that was interrupted under an older daemon is resumed from the bytes that it journalled.
#include "server/lifecycle/core/trail.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_journal.h"

namespace wheelhouse::lifecycle {
namespace {

// What protoc made of `kStood` by the schema as it was when the message was called Memory.
constexpr char kOldBytes[] =
    "0a110a086772656574696e67120568656c6c6f1205312e322e331803200528043006380142540a23"
    "0a09436f6e6669674d6170120d73686f702f73657474696e67731a0763726561746564122d120276"
    "311a09436f6e6669674d6170220a636f6e6669676d6170732801320473686f703a0873657474696e"
    "6773422a0a280a0752656c65617365120873686f702f7765621a13756e696e7374616c6c65642069"
    "6e20706172744802521622094e4f545f52454144592a096e6f742072656164795801621377696467"
    "6574732e6578616d706c652e636f6d68027002780188010792010e0a057569642d310a057569642d"
    "32";

constexpr char kStood[] = R"(
    payload { key: "greeting" value: "hello" }
    installed_version: "1.2.3"
    baseline_revision: 3
    intended_revision: 5
    made_revision: 4
    undoing_revision: 6
    undone: true
    left_changed {
      reported { kind: "ConfigMap" name: "shop/settings" change: "created" }
      object {
        version: "v1" kind: "ConfigMap" plural: "configmaps" namespaced: true
        ns: "shop" name: "settings"
      }
    }
    left_changed { reported { kind: "Release" name: "shop/web" change: "uninstalled in part" } }
    attempt: 2
    earlier { reason: "NOT_READY" message: "not ready" }
    rollback_target: 1
    reinstalled_revision: 2
    uninstalled: true
    asked_attempt: 2
    doomed_crds: "widgets.example.com"
    records_before { uids: "uid-1" uids: "uid-2" }
    overtaken_by: 7)";

class TrailTest : public testing::Test {
 protected:
  FakeJournal journal_;
};

TEST_F(TrailTest, BytesOfAnOlderDaemonAreReadAsTheyWereMeant) {
  Trail stood;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kStood, &stood));
  const auto trail = StoredTrail(journal_).Read({{}, absl::HexStringToBytes(kOldBytes)});
  ASSERT_TRUE(trail.ok()) << trail.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*trail, stood))
      << trail->DebugString();
  EXPECT_EQ(trail->SerializeAsString(), absl::HexStringToBytes(kOldBytes));
}

TEST_F(TrailTest, TheOldBytesHoldEveryField) {
  Trail stood;
  ASSERT_TRUE(stood.ParseFromString(absl::HexStringToBytes(kOldBytes)));
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  stood.GetReflection()->ListFields(stood, &fields);
  EXPECT_GE(fields.size(), 17u);
}

TEST_F(TrailTest, WhatCannotBeReadEndsTheRunByWhatStoppedIt) {
  EXPECT_TRUE(HasReason(StoredTrail(journal_).Read({{}, ""}).status(), Reason::kInterrupted));
  EXPECT_TRUE(HasReason(StoredTrail(journal_).Read({{}, "\xff"}).status(), Reason::kInterrupted));
  EXPECT_TRUE(HasReason(StoredTrail(journal_).Read({{}, "", true}).status(), Reason::kLeaseLost));
}

TEST_F(TrailTest, ThePayloadIsWrittenOnceAndReadBackWithTheTrail) {
  Trail trail;
  (*trail.mutable_payload())["greeting"] = std::string(1000, 'x');
  (*trail.mutable_payload())["name"] = "web";
  StoredTrail stored(journal_);
  ASSERT_TRUE(stored.Write(trail).ok());
  EXPECT_EQ(journal_.kept.size(), 2u);
  journal_.kept.clear();
  trail.set_made_revision(4);
  const auto bytes = stored.Write(trail);
  EXPECT_TRUE(journal_.kept.empty()) << "nothing of it has changed";
  EXPECT_LT(bytes->size(), 100u);
}

TEST_F(TrailTest, AResumedRunSeesThePayloadAsItWasWhenItsTrailWasWritten) {
  Trail trail;
  (*trail.mutable_payload())["greeting"] = "hello";
  StoredTrail stored(journal_);
  const auto bytes = stored.Write(trail);
  (*trail.mutable_payload())["greeting"] = "good bye";
  ASSERT_TRUE(stored.Write(trail).ok()) << "the transition with these bytes is not recorded";
  StoredTrail next(journal_);
  auto resumed = next.Read({{}, *bytes});
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_EQ(resumed->payload().at("greeting"), "hello");
  (*resumed->mutable_payload())["name"] = "web";
  const auto again = StoredTrail(journal_).Read({{}, *next.Write(*resumed)});
  EXPECT_EQ(again->payload().at("greeting"), "hello");
  EXPECT_EQ(again->payload().at("name"), "web");
}

TEST_F(TrailTest, APayloadThatIsNotThereIsNotTakenForNone) {
  Trail trail;
  (*trail.mutable_payload())["greeting"] = "hello";
  const auto bytes = StoredTrail(journal_).Write(trail);
  journal_.kept.clear();
  EXPECT_TRUE(HasReason(StoredTrail(journal_).Read({{}, *bytes}).status(), Reason::kInterrupted));
}

TEST_F(TrailTest, APayloadWithoutRoomIsAsItWasKeptBefore) {
  Trail trail;
  (*trail.mutable_payload())["greeting"] = "hello";
  StoredTrail stored(journal_);
  ASSERT_TRUE(stored.KeepPayload(trail).ok());
  journal_.kept_bytes = 100;
  (*trail.mutable_payload())["greeting"] = std::string(1000, 'x');
  (*trail.mutable_payload())["name"] = std::string(1000, 'y');
  (*trail.mutable_payload())["small"] = "web";
  EXPECT_TRUE(HasReason(stored.KeepPayload(trail), Reason::kCallerLimit));
  EXPECT_EQ(trail.payload().size(), 2u);
  EXPECT_EQ(trail.payload().at("greeting"), "hello");
  EXPECT_EQ(trail.payload().at("small"), "web");
  EXPECT_TRUE(stored.KeepPayload(trail).ok());
}

}  // namespace
}  // namespace wheelhouse::lifecycle
