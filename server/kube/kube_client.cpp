#include "server/kube/kube_client.h"
