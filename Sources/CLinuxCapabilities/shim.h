#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Makes a capability effective if this thread has it as permitted (capabilities(7)); threads that it starts later have
// it too. Otherwise, it does nothing. The C library has no functions for these system calls.
static inline void linux_raise_permitted_capability(unsigned capability) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof(data));
    if (CAP_TO_INDEX(capability) >= _LINUX_CAPABILITY_U32S_3 || syscall(SYS_capget, &header, data) != 0) {
        return;
    }
    __u32 bit = CAP_TO_MASK(capability), *effective = &data[CAP_TO_INDEX(capability)].effective;
    if ((data[CAP_TO_INDEX(capability)].permitted & bit) != 0 && (*effective & bit) == 0) {
        *effective |= bit;
        syscall(SYS_capset, &header, data);
    }
}
