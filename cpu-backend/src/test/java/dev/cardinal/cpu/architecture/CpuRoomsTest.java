package dev.cardinal.cpu.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Who may depend on whom within the CPU engines, and on which rooms of the core: machine code and the library know nothing of tensors, kernels nothing of programs. */
class CpuRoomsTest {
  private static final String ROOT = "dev.cardinal.";
  private static final String ONEDNN = "cpu.onednn";
  private static final String BINDING = ONEDNN + ".binding";
  private static final String MACHINE = ONEDNN + ".machine";
  private static final String KERNEL = ONEDNN + ".kernel";
  private static final String NARROW = ONEDNN + ".narrow";
  private static final String TILES = ONEDNN + ".tiles";
  private static final String PLAN = ONEDNN + ".plan";
  private static final String LOWERING = ONEDNN + ".lowering";
  private static final JavaClasses CPU = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages(ROOT + "cpu");

  /** Every room and the rooms it may know, those of the core with the rooms inside them. */
  private static final Map<String, List<String>> MAY_KNOW = rooms();

  private static Map<String, List<String>> rooms() {
    Map<String, List<String>> m = new TreeMap<>();
    m.put("cpu.reference", List.of("tensor", "random", "op", "graph", "pass", "backend"));
    m.put(MACHINE, List.of());
    // For its exception.
    m.put(BINDING, List.of("backend"));
    m.put(KERNEL, List.of(BINDING, "tensor", "random", "op", "backend"));
    m.put(NARROW, List.of(KERNEL, BINDING, "tensor", "op"));
    m.put(TILES, List.of(MACHINE, KERNEL, BINDING, "tensor", "random", "op"));
    m.put(PLAN, List.of(KERNEL, BINDING, "tensor", "op", "graph", "pass", "backend"));
    m.put(LOWERING, List.of(PLAN, NARROW, TILES, KERNEL, BINDING, "tensor", "op", "graph", "pass", "backend"));
    m.put(ONEDNN, List.of(LOWERING, PLAN, KERNEL, BINDING, "tensor", "graph", "backend"));
    return m;
  }

  @TestFactory
  Stream<DynamicTest> everyRoomKnowsOnlyItsOwn() {
    return MAY_KNOW.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
      List<DescribedPredicate<JavaClass>> known = new ArrayList<>(List.of(JavaClass.Predicates.resideOutsideOfPackage(ROOT + "."), in(e.getKey())));
      e.getValue().forEach(r -> known.add(in(r)));
      classes().that(in(e.getKey())).should().onlyDependOnClassesThat(DescribedPredicate.or(known)).check(CPU);
    }));
  }

  /** An engine's rooms are packages by themselves. */
  private static DescribedPredicate<JavaClass> in(String room) {
    return JavaClass.Predicates.resideInAPackage(ROOT + room + (room.startsWith("cpu.") ? "" : "..")).as("classes in " + room);
  }

  @Test
  void everyPackageIsARoom() {
    assertEquals(MAY_KNOW.keySet(), CPU.stream().map(c -> c.getPackageName().substring(ROOT.length())).collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Every call into native code is at one of these places. */
  @Test
  void nativeCodeIsBoundInTwoRooms() {
    noClasses().that().resideOutsideOfPackages(ROOT + BINDING).should().dependOnClassesThat().resideInAnyPackage("org.bytedeco..").check(CPU);
    noClasses().that().resideOutsideOfPackages(ROOT + BINDING, ROOT + MACHINE).should().dependOnClassesThat().resideInAnyPackage("com.sun.jna..").check(CPU);
  }
}
