#pragma once

/// The commit of the sources, or an empty string if the build was not told. It stands in C so that another commit means
/// another compilation of this file alone.
const char *build_commit(void);
