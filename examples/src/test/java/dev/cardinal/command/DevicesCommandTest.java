package dev.cardinal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cardinal.backend.DeviceInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DevicesCommandTest {
  @Test
  void withoutADriverThereIsOneLine() {
    List<String> lines = DevicesCommand.lines(DeviceInfo.unusable("cuda:0", "CUDA", "no NVIDIA driver was found", "Use --device cpu", Map.of("kernel module", "not loaded")));
    assertEquals(List.of("cuda:0         unusable  no NVIDIA driver was found. Use --device cpu."), lines);
  }

  @Test
  void aGpuShowsItsLibrariesAndWhatBringsThoseThatAreMissing() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("GPU", "NVIDIA H100, sm_90");
    details.put("cuBLAS", "12.6, /usr/local/cuda/lib64/libcublas.so.12 (CUDA toolkit)");
    details.put("cuDNN", "not found; to get it: pip install nvidia-cudnn-cu12");
    List<String> lines = DevicesCommand.lines(DeviceInfo.unusable("cuda:0", "CUDA", "CUDA's library cuDNN was not found", "Get it with: pip install nvidia-cudnn-cu12", details));
    assertEquals(4, lines.size());
    assertTrue(lines.get(2).contains("cuBLAS") && lines.get(2).contains("/usr/local/cuda/lib64/libcublas.so.12"), lines.get(2));
    assertTrue(lines.get(3).endsWith("pip install nvidia-cudnn-cu12"), lines.get(3));
  }
}
