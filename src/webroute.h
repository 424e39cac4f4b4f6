// SPDX-License-Identifier: Apache-2.0
/* Which answer a path has. */
#pragma once

#include "request.h"

/* Answer a request that has been let in, or have it wait. */
void webroute(struct request *q);
