// swift-tools-version: 6.1
// Trellis: a small language for learning pipelines. One executable, `trellis`, and one library, `Trellis`.
//
// The targets are the layers of the architecture, one module per stage; imports point downwards only and
// `scripts/test` checks the table. Kernels know no tensors, tensors no syntax, syntax no tensors.
import Foundation
import PackageDescription

// Kernels are compiled three times, for three x86-64 levels, and chosen when the program starts. The compiler flag
// that does it is "unsafe" to SwiftPM, which refuses such flags in a package that somebody depends on by version; there
// (a checkout below `/checkouts/`) the baseline kernels alone are built. TRELLIS_ISA=all|baseline overrides the guess.
let isDependency = Context.packageDirectory.contains("/checkouts/")
let wantsISA = Context.environment["TRELLIS_ISA"].map { $0 == "all" } ?? !isDependency
#if arch(x86_64)
  let buildsISA = wantsISA
#else
  let buildsISA = false
#endif

let language: [SwiftSetting] = [.swiftLanguageMode(.v6)]
let fast: [SwiftSetting] = language + (isDependency ? [] : [.unsafeFlags(["-enforce-exclusivity=unchecked"])])
let unchecked: [SwiftSetting] =
  language + (isDependency ? [] : [.unsafeFlags(["-Ounchecked", "-enforce-exclusivity=unchecked"])])

// The machine's loop is one `switch`. LLVM gives each operation its own jump to the next one, which the processor
// predicts much better than a jump that all share, but from version 20 on only for a `switch` of few cases.
#if compiler(>=6.3)
  let dispatch: [SwiftSetting] =
    isDependency
    ? []
    : [.unsafeFlags(["-Xllvm", "-tail-dup-pred-size=10000", "-Xllvm", "-tail-dup-succ-size=10000"])]
#else
  let dispatch: [SwiftSetting] = []
#endif

func kernels(_ name: String, level: String?) -> Target {
  let flags: [SwiftSetting] = level.map { [.unsafeFlags(["-Xcc", "-march=\($0)"]), .define("ISA_FMA")] } ?? []
  return .target(name: name, dependencies: ["KernelTypes", "CPlatform"], swiftSettings: unchecked + flags)
}

let isaTargets: [Target] =
  buildsISA ? [kernels("KernelsV3", level: "x86-64-v3"), kernels("KernelsV4", level: "x86-64-v4")] : []
let isaDependencies: [Target.Dependency] = buildsISA ? ["KernelsV3", "KernelsV4"] : []

let package = Package(
  name: "trellis",
  products: [
    .library(name: "Trellis", targets: ["Trellis"]),
    .executable(name: "trellis", targets: ["TrellisTool"]),
  ],
  dependencies: [],
  targets: [
    // C: processor features, OpenBLAS opened at run time, unpacking of gzip, stdlib/*.trl as bytes, GNU readline (the tool alone).
    .target(name: "CPlatform"),
    .target(name: "CStdlib"),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),

    .target(name: "KernelTypes", swiftSettings: unchecked),
    kernels("KernelsBaseline", level: nil),
    .target(
      name: "Kernels", dependencies: ["KernelTypes", "KernelsBaseline", "CPlatform"] + isaDependencies,
      swiftSettings: unchecked + (buildsISA ? [.define("ISA_LEVELS")] : [])),
    .target(name: "Loops", dependencies: ["KernelTypes", "Kernels", "CPlatform"], swiftSettings: unchecked),
    .target(name: "Recurrences", dependencies: ["KernelTypes", "Kernels", "CPlatform"], swiftSettings: unchecked),
    .target(
      name: "Tensor", dependencies: ["KernelTypes", "Kernels", "Loops", "Recurrences", "CPlatform"], swiftSettings: fast
    ),

    .target(name: "Diagnostics", swiftSettings: language),
    .target(name: "Syntax", dependencies: ["Diagnostics"], swiftSettings: language),
    .target(name: "Check", dependencies: ["Diagnostics", "Syntax"], swiftSettings: language),
    .target(
      name: "VM",
      dependencies: ["Diagnostics", "Syntax", "Check", "Tensor", "Recurrences", "KernelTypes", "CPlatform"],
      swiftSettings: fast + dispatch),
    .target(
      name: "Library",
      dependencies: ["VM", "Tensor", "Recurrences", "KernelTypes", "Diagnostics", "CPlatform", "CZlib"],
      swiftSettings: fast),
    .target(
      name: "Trellis",
      dependencies: ["Diagnostics", "Syntax", "Check", "VM", "Library", "Tensor", "Kernels", "CPlatform", "CStdlib"],
      swiftSettings: language),
    // The Swift runtime is linked in: the program starts faster and runs where no toolchain is. As a flag of this one
    // link step, and not of the whole build, it leaves one set of objects for the program and for the tests (XCTest
    // exists as a shared library only).
    .executableTarget(
      name: "TrellisTool", dependencies: ["Trellis", "Diagnostics", "CReadline"], swiftSettings: language,
      linkerSettings: isDependency ? [] : [.unsafeFlags(["-static-stdlib"])]),
    .testTarget(
      name: "DiagnosticTests", dependencies: ["Diagnostics"], path: "Tests/DiagnosticTests", exclude: ["Recorded"],
      swiftSettings: language),
    .testTarget(
      name: "SyntaxTests", dependencies: ["Diagnostics", "Syntax", "Check"], path: "Tests/SyntaxTests",
      exclude: ["Snapshots", "Layouts"], swiftSettings: language),
    .testTarget(
      name: "CheckTests", dependencies: ["Trellis", "Check", "Syntax", "Library", "Diagnostics"],
      path: "Tests/CheckTests",
      exclude: ["faults.txt"], swiftSettings: language),
    .testTarget(
      name: "KernelTests", dependencies: ["Kernels", "KernelTypes", "CPlatform"], path: "Tests/KernelTests",
      swiftSettings: language),
    .testTarget(
      name: "RecurrenceTests", dependencies: ["Recurrences", "Tensor", "Kernels", "KernelTypes"],
      path: "Tests/RecurrenceTests", swiftSettings: language),
    .testTarget(
      name: "TensorTests", dependencies: ["Tensor", "Kernels", "KernelTypes", "CPlatform"], path: "Tests/TensorTests",
      swiftSettings: language),
    .testTarget(
      name: "EngineTests", dependencies: ["Trellis", "Library", "Diagnostics", "CStdlib"], swiftSettings: language),
    .testTarget(
      name: "VMTests", dependencies: ["VM", "Library", "Tensor", "Diagnostics", "Syntax", "Check"],
      path: "Tests/VMTests", swiftSettings: language),
    .testTarget(
      name: "LibraryTests", dependencies: ["Library", "VM", "Tensor", "KernelTypes", "Diagnostics", "Syntax", "Check"],
      path: "Tests/LibraryTests", swiftSettings: language),
  ] + isaTargets,
  cLanguageStandard: .gnu2x
)
