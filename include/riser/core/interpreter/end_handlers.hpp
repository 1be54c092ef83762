// No include guard: closes what begin_handlers.hpp opened.

#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC pop_options
#endif

#undef RISER_NEXT
#undef RISER_CONTINUE
#undef RISER_STATE
