// `trellis --version`: the three things that decide the bits of a result.
import Trellis

func versionText() -> String {
  let algebra = Engine.linearAlgebra ?? "none found (install the package libopenblas0-pthread)"
  return Help.columns([
    ("Trellis", Engine.version), ("kernels", Engine.kernelLevel), ("BLAS", algebra),
  ])
}
