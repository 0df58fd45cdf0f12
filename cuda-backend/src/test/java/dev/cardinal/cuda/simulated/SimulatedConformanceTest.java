package dev.cardinal.cuda.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cardinal.backend.DeviceException;
import dev.cardinal.conformance.ConformanceSuite;
import dev.cardinal.cuda.lowering.CudaLowerings;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/** The shared conformance suite on the lowerings and kernels for GPUs, run by the simulated one. */
@ExtendWith(SimulatedConformanceTest.NotYet.class)
class SimulatedConformanceTest extends ConformanceSuite {
  /** Operations that have no lowering yet. Tests that need one are skipped, and shown. */
  private static final Set<String> MISSING = Set.of();

  SimulatedConformanceTest() {
    super("simulated:0");
  }

  @Test
  void theListOfMissingOperationsIsExact() {
    assertEquals(new TreeSet<>(MISSING), new TreeSet<>(CudaLowerings.ALL.missing()));
  }

  /** Turns the failure of an operation on the list into a skip. */
  static final class NotYet implements InvocationInterceptor {
    private static final String REFUSAL = "cuda cannot run ";

    @Override
    public void interceptDynamicTest(Invocation<Void> invocation, DynamicTestInvocationContext context, ExtensionContext extension) throws Throwable {
      skipping(invocation);
    }

    @Override
    public void interceptTestMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> context, ExtensionContext extension) throws Throwable {
      skipping(invocation);
    }

    private static void skipping(Invocation<Void> invocation) throws Throwable {
      try {
        invocation.proceed();
      } catch (DeviceException e) {
        if (e.getMessage().startsWith(REFUSAL) && MISSING.contains(e.getMessage().substring(REFUSAL.length()).split(";")[0])) {
          throw new TestAbortedException("no lowering yet: " + e.getMessage());
        }
        throw e;
      }
    }
  }
}
