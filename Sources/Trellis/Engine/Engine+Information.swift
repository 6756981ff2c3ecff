// What there is to know without running a script: versions, builtins and their help.
import CPlatform
import Kernels
import Library
import Syntax
import VM

extension Engine {
  /// The version of Trellis.
  public static let version = "0.1.0"

  /// The instruction set that the kernels use: `baseline`, `x86-64-v3`, `x86-64-v4`.
  public static var kernelLevel: String { Kernels.isaName }

  /// What the linear algebra library says about itself; nil if none is found. Opens the library.
  public static var linearAlgebra: String? {
    guard trellis_blas_open() == 1 else { return nil }
    return String(cString: trellis_blas_description())
  }

  /// How many threads compute, in all engines of the process together.
  public static func setThreads(_ count: Int) { Pool.shared.threads = max(1, count) }
  /// One thread per processor.
  public static var defaultThreads: Int { Pool.processors }

  /// Names that every script knows.
  public static var builtinNames: [String] {
    Library.all.filter { $0.module == nil }.map(\.name) + Library.constants.map(\.name)
      + Library.regularisers.map(\.name)
  }

  /// Words of the language that are no names.
  public static var keywords: [String] { TokenKind.allCases.filter(\.isKeyword).map(\.rawValue) }
}
