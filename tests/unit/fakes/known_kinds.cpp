#include "tests/unit/fakes/known_kinds.h"

#include <map>

namespace wheelhouse::kube {

ObjectId IdOf(const std::string& kind, const std::string& ns, const std::string& name) {
  static const auto* const known = new std::map<std::string, ResourceType>{
      {"ConfigMap", {"", "v1", "ConfigMap", "configmaps", true}},
      {"Event", {"", "v1", "Event", "events", true}},
      {"Namespace", {"", "v1", "Namespace", "namespaces", false}},
      {"PersistentVolumeClaim",
       {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true}},
      {"Pod", {"", "v1", "Pod", "pods", true}},
      {"Secret", {"", "v1", "Secret", "secrets", true}},
      {"CustomResourceDefinition",
       {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
        false}},
      {"ControllerRevision", {"apps", "v1", "ControllerRevision", "controllerrevisions", true}},
      {"DaemonSet", {"apps", "v1", "DaemonSet", "daemonsets", true}},
      {"Deployment", {"apps", "v1", "Deployment", "deployments", true}},
      {"ReplicaSet", {"apps", "v1", "ReplicaSet", "replicasets", true}},
      {"StatefulSet", {"apps", "v1", "StatefulSet", "statefulsets", true}},
      {"Job", {"batch", "v1", "Job", "jobs", true}},
      {"StorageClass", {"storage.k8s.io", "v1", "StorageClass", "storageclasses", false}},
      {"Lease", {"coordination.k8s.io", "v1", "Lease", "leases", true}},
      {"Sail", {"sandbox.wheelhouse", "v1", "Sail", "sails", true}}};
  return {known->at(kind), ns, name};
}

}  // namespace wheelhouse::kube
