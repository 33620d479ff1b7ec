#include "server/runs/run_engine.h"
