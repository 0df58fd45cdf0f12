package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CudaFunction;
import dev.cardinal.cuda.api.CudaModule;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

final class JCudaModule implements CudaModule {
  private final CUmodule module = new CUmodule();

  JCudaModule(byte[] image) {
    Check.driver("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, image), "bytes", image.length);
  }

  @Override
  public CudaFunction function(String name) {
    CUfunction f = new CUfunction();
    Check.driver("cuModuleGetFunction", JCudaDriver.cuModuleGetFunction(f, module, name), "name", name);
    return new JCudaFunction(name, f);
  }

  @Override
  public void close() {
    Check.driver("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
  }
}
