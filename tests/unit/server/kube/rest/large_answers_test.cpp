// What a hostile API server, or a very large cluster, may make the daemon take into memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/kube/rest/list_of_pages.h"
#include "tests/unit/server/kube/rest/fault_fixture.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr size_t kMiB = 1 << 20;

class LargeAnswersTest : public FaultTest {
 protected:
  static std::string Named(const std::string& name) {
    return R"({"metadata": {"name": ")" + name + "\"}}";
  }
  static std::string Many(int count, const std::string& value) {
    std::string text = R"({"data": [)";
    for (int i = 1; i < count; ++i) text += value + ",";
    return text + value + "]}";
  }
  static std::string Numbers(int count) { return Many(count, "1"); }
  absl::StatusOr<ObjectList> List() { return client_.List(context_, kConfigMap, {.ns = "demo"}); }
};

TEST_F(LargeAnswersTest, AnObjectThatIsTooLargeIsRefusedAndNotAskedForAgain) {
  Serve({FaultServer::Whole(200, R"({"data": ")" + std::string(17 * kMiB, 'x') + "\"}")});
  const auto object = client_.Get(context_, {kConfigMap, "demo", "web"});
  EXPECT_TRUE(HasReason(object.status(), Reason::kClusterAnswerTooLarge)) << object.status();
  EXPECT_THAT(std::string(object.status().message()), HasSubstr("get ConfigMap demo/web"));
  EXPECT_THAT(server_->requests(), SizeIs(1));
}

TEST_F(LargeAnswersTest, AnObjectOfTooManyValuesIsRefused) {
  Serve({FaultServer::Whole(200, Numbers(1'000'001))});
  EXPECT_TRUE(HasReason(client_.Get(context_, {kConfigMap, "demo", "web"}).status(),
                        Reason::kClusterAnswerTooLarge));
}

TEST_F(LargeAnswersTest, APageThatIsTooLargeIsAskedForInSmallerOnes) {
  for (const std::string& large :
       {R"({"data": ")" + std::string(33 * kMiB, 'x') + "\"}", Numbers(1'000'001)}) {
    Serve({Page(Named("a"), "next"), Page(large), Page(Named("b"), "then"), Page(Named("c"))});
    const auto list = List();
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_THAT(list->items, SizeIs(3));
    EXPECT_THAT(
        server_->requests(),
        ElementsAre(HasSubstr("limit=500"), HasSubstr("limit=500&continue=next"),
                    HasSubstr("limit=62&continue=next"), HasSubstr("limit=62&continue=then")));
  }
}

TEST_F(LargeAnswersTest, PagesThatAreAlwaysTooLargeEndTheList) {
  const auto large = Page(Numbers(1'000'001));
  Serve({large, large, large, large, large});
  EXPECT_TRUE(HasReason(List().status(), Reason::kClusterAnswerTooLarge));
  EXPECT_THAT(server_->requests(), SizeIs(4)) << "500, 62, 7, 1";
}

TEST_F(LargeAnswersTest, AListWithoutEndIsRefused) {
  // An object with a member takes more than a hundred bytes.
  const auto page = Page(Many(490'000, R"({"a":1})"), "more");
  Serve({page, page, page, page});
  const auto list = List();
  EXPECT_TRUE(HasReason(list.status(), Reason::kClusterAnswerTooLarge)) << list.status();
  EXPECT_THAT(std::string(list.status().message()), HasSubstr("list configmaps in demo"));
  EXPECT_LT(server_->requests().size(), 4u);
}

TEST(ListOfPages, LeavesManagedFieldsOutUnlessTheyAreAskedFor) {
  const Json item = {{"metadata", {{"name", "a"}, {"managedFields", {{{"manager", "helm"}}}}}}};
  ListOfPages metadata(kConfigMap, {.metadata_only = true}), whole(kConfigMap, {});
  ListOfPages without(kConfigMap, {.managed_fields = false});
  for (ListOfPages* list : {&metadata, &whole, &without})
    ASSERT_TRUE(list->Add({{"items", {item, {{"metadata", "odd"}}}}}).ok());
  EXPECT_FALSE(metadata.Take().items[0]["metadata"].contains("managedFields"));
  EXPECT_FALSE(without.Take().items[0]["metadata"].contains("managedFields"));
  EXPECT_TRUE(whole.Take().items[0]["metadata"].contains("managedFields"));
}

}  // namespace
}  // namespace wheelhouse::kube
