// No include guard: closes what begin_handlers.hpp opened.

#if defined(__clang__)
#    pragma float_control(pop)
#elif defined(__GNUC__)
#    pragma GCC pop_options
#endif

#undef RISER_LEAVE_ACTIVATION
#undef RISER_SAVE_REGISTERS
#undef RISER_NEXT
#undef RISER_HELPER
#undef RISER_HANDLER
#undef RISER_CONTINUE
#undef RISER_STATE
