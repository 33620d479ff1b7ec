#include "server/lifecycle/objects/losses.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/custom_resources.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/plan/contents.h"
#include "server/plan/prune.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kNamed = 20;
const kube::ResourceType kClaims{"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true};

// What goes.
struct Doomed {
  std::vector<ManifestObject> objects;  // of the release
  std::vector<std::string> crds;        // beside those among the objects
  bool kept_by_live = false;            // an annotation of the live object keeps it
};

class Finder {
 public:
  Finder(const Context& context, const Chart& chart, Doomed doomed)
      : context_(context), chart_(chart), doomed_(std::move(doomed)) {}

  absl::StatusOr<std::vector<v1::Loss>> Find() {
    RETURN_IF_ERROR(FindCrds());
    RETURN_IF_ERROR(FindClaims());
    return std::move(losses_);
  }

 private:
  struct Crd {
    kube::Json live;
    std::vector<kube::Json> resources;
  };

  void Add(const std::string& object, const std::string& detail, bool allowed, Reason reason) {
    v1::Loss& loss = losses_.emplace_back();
    loss.set_object(object);
    loss.set_detail(chart_.report.Mask(detail));
    if (!allowed) loss.set_refused_as(InfoOf(reason).name);
  }
  void AddCrd(const kube::Json& crd, const std::string& detail) {
    Add(CrdId(kube::Text(crd, "/metadata/name")).ToString(), detail,
        chart_.info().allow().crd_loss(), Reason::kCrdInUse);
  }

  // nullopt where it does not exist, or stays.
  absl::StatusOr<std::optional<kube::Json>> Going(const kube::ObjectId& id) {
    auto live = chart_.kube().Get(context_, id);
    if (HasReason(live.status(), Reason::kObjectNotFound)) return std::optional<kube::Json>();
    RETURN_IF_ERROR(live.status());
    if (doomed_.kept_by_live && KeptByPolicy(*live)) return std::optional<kube::Json>();
    return std::optional<kube::Json>(*std::move(live));
  }

  absl::Status FindCrds() {
    std::set<std::string> names(doomed_.crds.begin(), doomed_.crds.end());
    for (const ManifestObject& object : doomed_.objects) {
      if (object.kind == kCrd) names.insert(object.name);
    }
    std::vector<Crd> crds;
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(auto live, Going(CrdId(name)));
      if (!live.has_value()) continue;
      auto resources = CustomResources(context_, chart_.kube(), *live);
      if (HasReason(resources.status(), Reason::kCrdInUse)) {
        AddCrd(*live, std::string(resources.status().message()));
        continue;
      }
      RETURN_IF_ERROR(resources.status());
      std::erase_if(*resources, kube::BeingDeleted);
      crds.push_back({*std::move(live), *std::move(resources)});
    }
    std::set<std::string> own = Own(crds);
    for (Crd& crd : crds) {
      std::erase_if(crd.resources, [&](const kube::Json& resource) {
        return own.contains(kube::Text(resource, "/metadata/uid"));
      });
      if (!crd.resources.empty()) AddCrd(crd.live, Listed(crd.resources));
    }
    return absl::OkStatus();
  }

  // The uids of custom resources that go with the release anyway: its own, and what these own (a
  // Certificate's CertificateRequests, their Orders).
  std::set<std::string> Own(const std::vector<Crd>& crds) const {
    std::set<std::string> own;
    for (const Crd& crd : crds) {
      for (const kube::Json& resource : crd.resources) {
        if (InRelease(crd.live, resource)) own.insert(kube::Text(resource, "/metadata/uid"));
      }
    }
    for (size_t before = own.size() + 1; before != own.size();) {
      before = own.size();
      for (const Crd& crd : crds) {
        for (const kube::Json& resource : crd.resources) {
          for (const kube::Json& owner : kube::List(resource, "/metadata/ownerReferences")) {
            if (own.contains(kube::Text(owner, "/uid")))
              own.insert(kube::Text(resource, "/metadata/uid"));
          }
        }
      }
    }
    return own;
  }

  bool InRelease(const kube::Json& crd, const kube::Json& resource) const {
    if (doomed_.kept_by_live && KeptByPolicy(resource)) return false;
    const ObjectKey key = KeyOf(resource);
    const kube::ObjectId id{
        {key.group, "", kube::Text(crd, "/spec/names/kind"), "", !key.ns.empty()},
        key.ns,
        key.name};
    return std::ranges::any_of(doomed_.objects, [&](const ManifestObject& object) {
      return SameObject(object, id, chart_.info().namespace_());
    });
  }

  const std::string& NamespaceOf(const ManifestObject& object) const {
    return object.ns.empty() ? chart_.info().namespace_() : object.ns;
  }

  absl::Status FindClaims() {
    for (const ManifestObject& object : doomed_.objects) {
      if (object.kind == kClaims.kind) {
        ASSIGN_OR_RETURN(const auto live, Going({kClaims, NamespaceOf(object), object.name}));
        if (live.has_value()) AddClaim(*live);
      } else if (object.kind == "StatefulSet") {
        RETURN_IF_ERROR(FindClaimsIn(NamespaceOf(object), &object.name));
      } else if (object.kind == "Namespace" && object.api_version == "v1") {
        RETURN_IF_ERROR(FindClaimsIn(object.name, nullptr));
      }
    }
    for (const auto& [object, detail] : claims_)
      Add(object, detail, chart_.info().allow().volume_loss(), Reason::kVolumeLoss);
    return absl::OkStatus();
  }

  // Those of a StatefulSet stay, unless its persistentVolumeClaimRetentionPolicy has made it their
  // owner. nullptr: all.
  absl::Status FindClaimsIn(const std::string& ns, const std::string* stateful_set) {
    ASSIGN_OR_RETURN(const auto claims, chart_.kube().List(context_, kClaims, {ns}));
    for (const kube::Json& claim : claims.items) {
      const auto owners = kube::List(claim, "/metadata/ownerReferences");
      if (stateful_set == nullptr || std::ranges::any_of(owners, [&](const kube::Json& owner) {
            return kube::Text(owner, "/kind") == "StatefulSet" &&
                   kube::Text(owner, "/name") == *stateful_set;
          }))
        AddClaim(claim);
    }
    return absl::OkStatus();
  }

  void AddClaim(const kube::Json& claim) {
    const kube::ObjectId id{kClaims, kube::Text(claim, "/metadata/namespace"),
                            kube::Text(claim, "/metadata/name")};
    const std::string volume = kube::Text(claim, "/spec/volumeName");
    claims_[id.ToString()] = volume.empty()
                                 ? "no volume yet"
                                 : absl::StrCat("the volume ", volume, " of ",
                                                kube::Text(claim, "/status/capacity/storage"));
  }

  const Context& context_;
  const Chart& chart_;
  const Doomed doomed_;
  std::map<std::string, std::string> claims_;
  std::vector<v1::Loss> losses_;
};

absl::Status Find(const Context& context, const Chart& chart, Decided& decided, Doomed doomed) {
  const auto by_steps = plan::CrdsDeletedBySteps(chart.info());
  doomed.crds.insert(doomed.crds.end(), by_steps.begin(), by_steps.end());
  ASSIGN_OR_RETURN(const auto losses, Finder(context, chart, std::move(doomed)).Find());
  auto& all = decided.losses;
  for (const v1::Loss& loss : losses) {
    const bool known = std::ranges::any_of(
        all, [&](const v1::Loss& one) { return one.object() == loss.object(); });
    if (!known) all.push_back(loss);
  }
  return absl::OkStatus();
}

std::string Doing(v1::Decision decision) {
  switch (decision) {
    case v1::DECISION_DESTROY:
      return "destroying";
    case v1::DECISION_REINSTALL:
      return "reinstalling";
    case v1::DECISION_ROLLBACK:
      return "rolling back";
    case v1::DECISION_UNLOCK:
      return "unlocking";
    default:
      return "upgrading";
  }
}

absl::Status Refuse(const std::vector<v1::Loss>& losses, const std::string& doing) {
  const ReasonInfo* reason = nullptr;
  std::vector<std::string> texts;
  std::map<std::string, std::string> details;
  for (const v1::Loss& loss : losses) {
    if (loss.refused_as().empty()) continue;
    if (reason == nullptr) reason = FindReason(loss.refused_as());
    details[loss.object()] = loss.detail();
    texts.push_back(absl::StrCat(loss.object(), " with ", loss.detail()));
  }
  if (reason == nullptr) return absl::OkStatus();
  const size_t more = texts.size() - std::min(texts.size(), kNamed);
  texts.resize(texts.size() - more);
  if (more > 0) texts.push_back(absl::StrCat(more, " more"));
  return MakeFailure(reason->reason,
                     absl::StrCat(doing, " would lose ", absl::StrJoin(texts, "; ")),
                     std::move(details));
}

}  // namespace

absl::Status FindLossesOfUninstall(const Context& context, const Chart& chart, const Trail& trail,
                                   Decided& decided, const std::vector<ManifestObject>& manifest) {
  Doomed doomed{manifest, {trail.doomed_crds().begin(), trail.doomed_crds().end()}};
  std::erase_if(doomed.objects, [](const ManifestObject& object) { return object.keep; });
  return Find(context, chart, decided, std::move(doomed));
}

absl::Status FindLossesOfChange(const Context& context, const Chart& chart, Decided& decided,
                                const std::vector<ManifestObject>& from,
                                const std::vector<ManifestObject>& to) {
  Doomed doomed{from, {}, true};
  const std::string& ns = chart.info().namespace_();
  std::set<ObjectKey> wanted;
  for (const ManifestObject& object : to) {
    // helm creates and deletes hooks by rules of its own.
    if (!object.hook) wanted.insert(KeyOf(object, ns));
  }
  std::erase_if(doomed.objects,
                [&](const ManifestObject& object) { return wanted.contains(KeyOf(object, ns)); });
  return Find(context, chart, decided, std::move(doomed));
}

bool MayLose(const std::vector<ManifestObject>& objects) {
  return std::ranges::any_of(objects, [](const ManifestObject& object) {
    if (object.kind == "StatefulSet")
      return absl::StrContains(object.text, "persistentVolumeClaimRetentionPolicy");
    return object.kind == kCrd || object.kind == kClaims.kind || object.kind == "Namespace";
  });
}

absl::Status RefuseLosses(const Chart& chart, const Decided& decided) {
  if (chart.asked.request.preview) return absl::OkStatus();
  absl::Status refused =
      Refuse(decided.losses, absl::StrCat(Doing(decided.decision), " ", chart.Name()));
  // The plan has no chart whose `allow` could be set.
  if (refused.ok() || !plan::IsPruned(chart.info())) return refused;
  return While("pruning, which allows no loss (destroy the release by itself)", refused);
}

absl::Status RefuseLive(const Context& context, const Chart& chart,
                        const std::vector<std::string>& names) {
  if (chart.info().allow().crd_loss()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto losses, Finder(context, chart, {{}, names}).Find());
  return Refuse(losses, "deleting CustomResourceDefinitions");
}

}  // namespace wheelhouse::lifecycle
