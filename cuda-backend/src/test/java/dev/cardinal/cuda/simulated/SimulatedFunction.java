package dev.cardinal.cuda.simulated;

import dev.cardinal.cuda.api.CudaException;
import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import dev.cardinal.cuda.simulated.SimulatedFault.Kind;
import java.util.List;

/** A kernel. */
final class SimulatedFunction implements CudaFunction {
  private static final int INVALID_VALUE = 1;
  private static final int REGISTERS = 32;
  private final SimulatedModule module;
  private final String name;
  private final long call;
  private final long launcher;
  private final String kinds;
  private final long bound;
  private int sharedBytes;

  SimulatedFunction(SimulatedModule module, String name) {
    this.module = module;
    this.name = name;
    this.call = module.symbol("sim_call_" + name);
    this.launcher = module.symbol("sim_launch");
    this.kinds = NativeHost.text(NativeHost.call(module.symbol("sim_kinds_" + name), 0, 0));
    this.bound = NativeHost.call(module.symbol("sim_bound_" + name), 0, 0);
    this.sharedBytes = module.context().properties().sharedBytesPerBlock();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int registers() {
    return REGISTERS;
  }

  @Override
  public int localBytes() {
    return 0;
  }

  @Override
  public void allowSharedBytes(int bytes) {
    if (bytes > module.context().properties().sharedBytesPerBlockOptIn()) {
      throw new CudaException("cuFuncSetAttribute", INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "kernel = " + name + ", shared bytes = " + bytes);
    }
    sharedBytes = Math.max(sharedBytes, bytes);
  }

  @Override
  public CudaLaunch prepare(LaunchShape shape, List<KernelArg> args) {
    if (args.size() != kinds.length()) {
      throw new SimulatedFault(Kind.ARGUMENTS, "kernel " + name + " has " + kinds.length() + " parameters, and is given " + args.size() + " arguments");
    }
    for (int i = 0; i < args.size(); i++) {
      char given = args.get(i) instanceof KernelArg.Pointer ? 'p' : args.get(i) instanceof KernelArg.I32 ? 'i' : args.get(i) instanceof KernelArg.I64 ? 'l' : 'f';
      if (given != kinds.charAt(i)) {
        throw new SimulatedFault(Kind.ARGUMENTS, "parameter " + i + " of kernel " + name + " is " + meaning(kinds.charAt(i)) + ", and is given " + args.get(i));
      }
    }
    long threads = (long) shape.blockX() * shape.blockY() * shape.blockZ();
    if (threads > bound) {
      throw new SimulatedFault(Kind.ARGUMENTS, "kernel " + name + " was compiled for at most " + bound + " threads, and is launched with " + threads);
    }
    if (shape.sharedBytes() > sharedBytes) {
      throw new SimulatedFault(Kind.ARGUMENTS, "kernel " + name + " is launched with " + shape.sharedBytes() + " bytes of shared memory, but may have " + sharedBytes + "; call allowSharedBytes");
    }
    return new SimulatedLaunch(module, name, call, launcher, shape, args);
  }

  private static String meaning(char kind) {
    return switch (kind) {
      case 'p' -> "a pointer";
      case 'i' -> "a 32-bit integer";
      case 'l' -> "a 64-bit integer";
      case 'f' -> "a float";
      case 'd' -> "a double";
      default -> "of a size that no argument has";
    };
  }
}
