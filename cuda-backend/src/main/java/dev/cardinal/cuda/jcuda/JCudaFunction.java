package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaLaunch;
import dev.cardinal.cuda.api.CudaStream;
import dev.cardinal.cuda.api.KernelArg;
import dev.cardinal.cuda.api.LaunchShape;
import java.util.List;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

final class JCudaFunction implements CudaFunction {
  private final String name;
  private final CUfunction function;

  JCudaFunction(String name, CUfunction function) {
    this.name = name;
    this.function = function;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int registers() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS);
  }

  @Override
  public int localBytes() {
    return attribute(CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
  }

  private int attribute(int attribute) {
    int[] v = new int[1];
    Check.driver("cuFuncGetAttribute", JCudaDriver.cuFuncGetAttribute(v, attribute, function), "kernel", name, "attribute", attribute);
    return v[0];
  }

  @Override
  public void allowSharedBytes(int bytes) {
    Check.driver("cuFuncSetAttribute", JCudaDriver.cuFuncSetAttribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes), "kernel", name, "shared bytes", bytes);
  }

  @Override
  public CudaLaunch prepare(LaunchShape shape, List<KernelArg> args) {
    NativePointerObject[] values = new NativePointerObject[args.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(args.get(i));
    }
    return new Launch(name, function, shape, Pointer.to(values));
  }

  private static Pointer value(KernelArg arg) {
    if (arg instanceof KernelArg.Pointer p) {
      return Pointer.to(new long[] {p.address()});
    } else if (arg instanceof KernelArg.I32 i) {
      return Pointer.to(new int[] {i.value()});
    } else if (arg instanceof KernelArg.I64 l) {
      return Pointer.to(new long[] {l.value()});
    }
    return Pointer.to(new float[] {((KernelArg.F32) arg).value()});
  }

  private record Launch(String name, CUfunction function, LaunchShape s, Pointer args) implements CudaLaunch {
    @Override
    public void launch(CudaStream stream) {
      int code = JCudaDriver.cuLaunchKernel(function, s.gridX(), s.gridY(), s.gridZ(), s.blockX(), s.blockY(), s.blockZ(), s.sharedBytes(), ((JCudaStream) stream).stream(), args, null);
      Check.driver("cuLaunchKernel", code, "kernel", name, "shape", s);
    }
  }
}
