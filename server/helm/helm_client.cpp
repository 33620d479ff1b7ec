#include "server/helm/helm_client.h"
