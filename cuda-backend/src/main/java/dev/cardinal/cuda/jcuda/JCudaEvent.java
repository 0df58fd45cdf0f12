package dev.cardinal.cuda.jcuda;

import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaStream;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

final class JCudaEvent implements CudaEvent {
  private final CUevent event = new CUevent();

  JCudaEvent(boolean timing) {
    int flags = timing ? CUevent_flags.CU_EVENT_DEFAULT : CUevent_flags.CU_EVENT_DISABLE_TIMING;
    Check.driver("cuEventCreate", JCudaDriver.cuEventCreate(event, flags), "flags", flags);
  }

  CUevent event() {
    return event;
  }

  @Override
  public void record(CudaStream stream) {
    Check.driver("cuEventRecord", JCudaDriver.cuEventRecord(event, ((JCudaStream) stream).stream()));
  }

  @Override
  public void synchronize() {
    Check.driver("cuEventSynchronize", JCudaDriver.cuEventSynchronize(event));
  }

  @Override
  public boolean happened() {
    int code = JCudaDriver.cuEventQuery(event);
    if (code == CUresult.CUDA_ERROR_NOT_READY) {
      return false;
    }
    Check.driver("cuEventQuery", code);
    return true;
  }

  @Override
  public float millisSince(CudaEvent start) {
    float[] ms = new float[1];
    Check.driver("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(ms, ((JCudaEvent) start).event, event));
    return ms[0];
  }

  @Override
  public void close() {
    Check.driver("cuEventDestroy", JCudaDriver.cuEventDestroy(event));
  }
}
