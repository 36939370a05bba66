import Models
import Testing

@testable import Inspection

@Suite("Imports of pickles")
struct PickleAllowListTests {
    static let rows: [(String, String, Finding.Verdict)] = [
        ("torch._utils", "_rebuild_tensor_v2", .safe), ("torch._utils", "_rebuild_parameter", .safe),
        ("torch", "FloatStorage", .safe), ("torch", "bfloat16", .safe), ("collections", "OrderedDict", .safe),
        ("numpy.core.multiarray", "_reconstruct", .safe), ("numpy._core.multiarray", "scalar", .safe),
        ("numpy", "dtype", .safe), ("numpy", "ndarray", .safe), ("builtins", "set", .safe),
        ("copyreg", "_reconstructor", .safe),
        ("_codecs", "encode", .safe), ("sklearn.linear_model._logistic", "LogisticRegression", .safe),

        ("os", "system", .dangerous), ("posix", "system", .dangerous), ("nt", "system", .dangerous),
        ("os.path", "join", .dangerous), ("subprocess", "Popen", .dangerous), ("sys", "exit", .dangerous),
        ("builtins", "eval", .dangerous), ("builtins", "exec", .dangerous), ("builtins", "getattr", .dangerous),
        ("builtins", "__import__", .dangerous), ("builtins", "open", .dangerous),
        ("__builtin__", "compile", .dangerous),
        ("runpy", "_run_code", .dangerous), ("pip", "main", .dangerous), ("pip._internal.cli.main", "main", .dangerous),
        ("pkgutil", "resolve_name", .dangerous), ("importlib", "import_module", .dangerous),
        ("socket", "socket", .dangerous), ("shutil", "rmtree", .dangerous), ("webbrowser", "open", .dangerous),
        ("operator", "attrgetter", .dangerous), ("_operator", "methodcaller", .dangerous),
        ("functools", "partial", .dangerous), ("ctypes", "CDLL", .dangerous), ("types", "CodeType", .dangerous),
        ("code", "InteractiveInterpreter", .dangerous), ("bdb", "Bdb.run", .dangerous), ("pdb", "run", .dangerous),
        ("timeit", "timeit", .dangerous), ("torch.hub", "load", .dangerous), ("torch", "load", .dangerous),
        ("torch.serialization", "load", .dangerous), ("numpy.f2py.crackfortran", "getlincoef", .dangerous),
        ("numpy.testing._private.utils", "runstring", .dangerous), ("asyncio", "run", .dangerous),
        ("multiprocessing.util", "spawnv_passfds", .dangerous), ("logging.config", "dictConfig", .dangerous),
        ("tempfile", "mktemp", .dangerous), ("cloudpickle.cloudpickle", "_make_function", .dangerous),
        ("dill._dill", "_create_function", .dangerous), ("lib2to3.pgen2.grammar", "Grammar.loads", .dangerous),
        ("distutils.file_util", "write_file", .dangerous), ("pickle", "loads", .dangerous),
        ("collections", "OrderedDict.__class__", .dangerous), ("site.sub.module", "x", .dangerous),

        ("torch.nn.modules.linear", "Linear", .unknown), ("torch.storage", "_load_from_bytes", .unknown),
        ("collections", "namedtuple", .unknown), ("collections", "orderedDict", .unknown),
        ("osmodule", "system", .unknown), ("sklearn.tree._tree", "Tree", .unknown),
        ("sklearn.svm._classes", "SVC", .unknown), ("numpy.random._pickle", "__randomstate_ctor", .unknown),
        ("builtins", "type", .unknown), ("builtins", "print", .unknown), ("", "", .unknown),
        ("sklearn.pipeline", "Pi\u{70}eline\u{301}", .unknown),
        ("sklearn.preprocessing._discretization", "KBinsDiscretizer", .safe),
        ("sklearn.preprocessing._discretization", "\u{212A}BinsDiscretizer", .unknown),
    ]

    @Test("an import is judged by its exact module and name", arguments: rows)
    func verdicts(module: String, name: String, verdict: Finding.Verdict) {
        #expect(PickleAllowList.verdict(on: PickleImport(module, name)) == verdict)
    }
}
