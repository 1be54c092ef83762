#include <riser/instance.hpp>
