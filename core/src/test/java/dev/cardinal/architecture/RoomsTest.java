package dev.cardinal.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Who may depend on whom: values flow one way, from tensors to training, and nothing upstream knows an engine. */
class RoomsTest {
  private static final JavaClasses CORE = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.cardinal");

  /** Every room and the rooms it may know. */
  private static final Map<String, List<String>> MAY_KNOW = rooms();

  private static Map<String, List<String>> rooms() {
    Map<String, List<String>> m = new TreeMap<>();
    m.put("tensor", List.of());
    m.put("random", List.of());
    m.put("op", List.of("tensor", "random"));
    m.put("graph", List.of("tensor", "op"));
    m.put("autodiff", List.of("tensor", "op", "graph"));
    m.put("pass", List.of("tensor", "op", "graph"));
    m.put("parallel", List.of("tensor", "op", "graph", "pass"));
    m.put("backend", List.of("tensor", "op", "graph", "pass", "parallel"));
    m.put("nn", List.of("tensor", "random", "op", "graph", "autodiff", "pass", "backend"));
    m.put("zoo", List.of("tensor", "random", "op", "graph", "nn"));
    m.put("accounting", List.of("tensor", "op", "graph", "nn", "pass"));
    m.put("data", List.of("tensor", "random"));
    m.put("io", List.of("tensor"));
    // A room of its own inside another: networks in a file format, on top of the layers.
    m.put("io.onnx", List.of("tensor", "random", "io", "op", "graph", "nn", "backend"));
    // For writing files atomically.
    m.put("report", List.of("tensor", "io"));
    List<String> everything = new ArrayList<>(m.keySet());
    m.put("train", everything);
    return m;
  }

  @TestFactory
  Stream<DynamicTest> everyRoomKnowsOnlyItsOwn() {
    return MAY_KNOW.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
      List<String> allowed = new ArrayList<>(e.getValue());
      allowed.add(e.getKey());
      List<DescribedPredicate<JavaClass>> forbidden = MAY_KNOW.keySet().stream().filter(r -> !allowed.contains(r)).map(RoomsTest::in).toList();
      if (!forbidden.isEmpty()) {
        noClasses().that(in(e.getKey())).should().dependOnClassesThat(DescribedPredicate.or(forbidden)).allowEmptyShould(true).check(CORE);
      }
    }));
  }

  /** The classes of a room, without those of a room inside it. */
  private static DescribedPredicate<JavaClass> in(String room) {
    DescribedPredicate<JavaClass> all = JavaClass.Predicates.resideInAPackage("dev.cardinal." + room + "..");
    for (String inner : MAY_KNOW.keySet()) {
      if (inner.startsWith(room + ".")) {
        all = all.and(DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("dev.cardinal." + inner + "..")));
      }
    }
    return all.as("classes in " + room);
  }

  @Test
  void everyClassLivesInARoom() {
    String[] rooms = MAY_KNOW.keySet().stream().map(r -> "dev.cardinal." + r + "..").toArray(String[]::new);
    classes().should().resideInAnyPackage(rooms).check(CORE);
  }

  @Test
  void coreKnowsNoEngine() {
    noClasses().should().dependOnClassesThat().resideInAnyPackage("dev.cardinal.cpu..", "dev.cardinal.cuda..", "dev.cardinal.examples..", "org.bytedeco..", "jcuda..").check(CORE);
  }

  /** Objects read by Java's own serialization can run code of an attacker's choice. */
  @Test
  void noJavaSerialization() {
    noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectInputStream").check(CORE);
    noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.io.ObjectOutputStream").check(CORE);
    noClasses().should().dependOnClassesThat().resideInAnyPackage("java.beans..").check(CORE);
  }

  @Test
  void noRoomForOddsAndEnds() {
    noClasses().should().resideInAnyPackage("..util..", "..utils..", "..helper..", "..helpers..", "..common..").check(CORE);
  }

  @Test
  void nativeMemoryIsNotLeftToTheGarbageCollector() {
    noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.lang.ref.Cleaner").check(CORE);
  }

  @Test
  void theImportSawTheClasses() {
    assertTrue(CORE.size() > 100, "only " + CORE.size() + " classes");
  }
}
