#include "server/lifecycle/lifecycle.h"
