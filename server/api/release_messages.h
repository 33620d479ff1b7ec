// What the methods of ReleaseService tell of a release.
#pragma once

#include "server/helm/releases.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::api {

// Of a record's metadata.
v1::Revision RevisionOf(const helm::ReleaseRecord& record);
// With what only its payload has.
v1::Revision RevisionOf(const helm::Release& release);

}  // namespace wheelhouse::api
