// Rows with aligned columns.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace wheelhouse::cli {

// The first row is the header. Cells are made printable; the last one of a row is not padded.
void PrintTable(const std::vector<std::vector<std::string>>& rows, std::ostream& out);

}  // namespace wheelhouse::cli
