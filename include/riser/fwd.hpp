#pragma once

/// Declarations of the public classes, for headers that only name them.
namespace riser::inline v0_1 {

class engine_base;
struct engine_options;
class module;
class store;
struct store_limits;
struct native_statistics;
struct tier_statistics;
class interrupt_handle;
class linker;
class linked;
class imports;
class instance;
class function;
template <class Signature>
class typed_function;
class memory;
class table;
class global;
class tag;
class caller;
class value;
class external;
template <class T>
class ref;
class error;
class compile_error;
class link_error;
class trap;
class usage_error;
class resource_error;
class host_error;
template <class T>
class result;

namespace core::runtime {

struct engine_ops;
struct engine_state;
struct module_state;
struct store_data;
struct store_object;
struct linked_state;
struct function_object;
struct host_definition;
struct execution_context;
struct interrupt_flag;
struct error_state;
struct instance_cell;

} // namespace core::runtime
} // namespace riser::inline v0_1
