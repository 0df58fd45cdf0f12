package dev.cardinal.cpu.onednn.machine;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

/** Machine code in memory that may be executed. It stays for the life of the process, because threads may be in it. Never writable and executable at a time. */
public final class MachineCode {
  /** The C library's calls for memory pages. */
  private static final class Pages {
    static final boolean BOUND = bind();

    static native long mmap(long address, long bytes, int protection, int flags, int file, long offset);

    static native int mprotect(long address, long bytes, int protection);

    static native int munmap(long address, long bytes);

    private static boolean bind() {
      try {
        Native.register(Pages.class, "c");
        return true;
      } catch (LinkageError | RuntimeException e) {
        return false;
      }
    }
  }

  private static final int READ_WRITE = 3;
  private static final int READ_EXECUTE = 5;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final long FAILED = -1;

  private MachineCode() {}

  /** Whether code for x86-64 under the calling convention of Linux can run here. */
  public static boolean suitsPlatform() {
    return Platform.isLinux() && Platform.isIntel() && Platform.is64Bit();
  }

  /** Puts code into memory: its address, or 0 where the system does not allow that. */
  public static long place(byte[] code) {
    if (!suitsPlatform() || !Pages.BOUND) {
      return 0;
    }
    long address = Pages.mmap(0, code.length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
    if (address == FAILED) {
      return 0;
    }
    new Pointer(address).write(0, code, 0, code.length);
    if (Pages.mprotect(address, code.length, READ_EXECUTE) != 0) {
      Pages.munmap(address, code.length);
      return 0;
    }
    return address;
  }
}
