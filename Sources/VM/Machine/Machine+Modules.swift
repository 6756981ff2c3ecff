// Imports, params and test blocks. A module runs once, when it is first imported; its record of public names is kept.
import Diagnostics
import Tensor

/// A module found by the engine: `key` tells files apart, `compile` is called when it has not run yet.
package struct LoadedModule {
  package let key: String
  package let name: String
  package let compile: () throws -> Code
  package init(key: String, name: String, compile: @escaping () throws -> Code) {
    self.key = key
    self.name = name
    self.compile = compile
  }
}

struct ModuleState {
  /// The record of public names; `absent` while the module runs.
  var value: Value
}

/// The outcome of one `test` block.
package struct TestReport: Sendable {
  package let name: String
  package let failure: Diagnostic?
}

extension Machine {
  /// Makes `import name` give `value`, which it takes over.
  package func setModule(_ name: String, _ value: Value) {
    if let old = modules[name] { heap.release(old.value) }
    modules[name] = ModuleState(value: value)
  }

  /// Lets the next `import name` find and run the module anew.
  package func forgetModule(_ name: String) {
    if let old = modules.removeValue(forKey: name) { heap.release(old.value) }
  }

  @inline(never) func importModule(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    let code = codes[frame.pointee.record.pointee.id]
    let wanted = code.imports[i.bc]
    guard let loadModule else { throw Diagnostic(.unknownModule(wanted.name, near: []), at: nil) }
    let module = try loadModule(wanted.name, wanted.isPath, code.span.source)
    put(base + i.a, heap.retained(try value(of: module)))
  }

  /// Runs a module unless it has run; the record of its names is borrowed.
  package func value(of module: LoadedModule) throws -> Value {
    if let known = modules[module.key] {
      if known.value.tag == .absent { throw Diagnostic(.importCycle(importPath + [module.name]), at: nil) }
      return known.value
    }
    modules[module.key] = ModuleState(value: .absent)
    importPath.append(module.name)
    defer { importPath.removeLast() }
    do {
      let code = try module.compile()
      // A test block of an imported module is not the importer's.
      let observer = testObserver
      testObserver = nil
      defer { testObserver = observer }
      let record = try run(code)
      modules[module.key] = ModuleState(value: record)
      return record
    } catch {
      modules[module.key] = nil
      throw error
    }
  }

  @inline(never) func parameterValue(
    _ i: Instruction, _ base: UnsafeMutablePointer<Value>, _ constants: UnsafeMutablePointer<Value>
  ) {
    guard !parameterValues.isEmpty, let value = parameterValues[StringRef(constants[i.bc]).string] else { return }
    put(base + i.a, heap.retained(value))
  }

  // MARK: Tests

  func beginsTest(_ name: Value) -> Bool {
    guard testObserver != nil else { return false }
    return testFilter?(StringRef(name).string) ?? true
  }

  func reportTest(_ name: Value, failed: Bool) {
    let failure = failed ? (lastError.map { located($0) }) : nil
    testObserver?(TestReport(name: StringRef(name).string, failure: failure))
  }
}
