#pragma once

namespace soundfold {

/// Processors this process may run on (its affinity mask), at least 1.
int allowed_cpu_count();

/// `requested` when above 0, otherwise allowed_cpu_count().
int thread_count(int requested);

}  // namespace soundfold
