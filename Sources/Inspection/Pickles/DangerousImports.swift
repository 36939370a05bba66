/// Imports known to give whoever calls them code, files, processes or the network. Only words depend on it: an import
/// that is missing here is `unknown`, never `safe`.
enum DangerousImports {
    /// Whether `named` is one of them.
    static func contains(_ named: PickleImport) -> Bool {
        if names[named.module]?.contains(named.name) == true { return true }
        if isWayOut(named.module) || isWayOut(named.name) { return true }
        var parent = named.module[...]
        while true {
            if modules.contains(String(parent)) { return true }
            guard let dot = parent.lastIndex(of: ".") else { break }
            parent = parent[..<dot]
        }
        // `module.attribute` in the name reaches what the module has imported itself.
        let parts = named.name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 && parts.dropLast().contains { modules.contains(String($0)) }
    }

    /// Through these attributes of any object everything can be reached.
    private static func isWayOut(_ path: String) -> Bool {
        path.split(separator: ".", omittingEmptySubsequences: false).contains { attributes.contains(String($0)) }
    }

    private static let attributes = words(
        """
        __builtins__ __globals__ __subclasses__ __getattribute__ __getattr__ __dict__ __class__ __bases__ __mro__ __base__
        __import__ __loader__ __spec__ __code__ __reduce__ __reduce_ex__ __call__ __setattr__ __init_subclass__
        """)

    /// With all that is in them and below them.
    private static let modules = words(
        """
        os posix nt posixpath ntpath subprocess commands popen2 _posixsubprocess pty sys _signal signal
        runpy pip pkgutil importlib imp _imp _frozen_importlib _frozen_importlib_external zipimport zipapp modulefinder
        socket _socket ssl _ssl select selectors socketserver asyncio asyncore asynchat aiohttp http httplib urllib urllib2
        urllib3 requests httpx ftplib smtplib imaplib poplib nntplib telnetlib xmlrpc xmlrpclib SimpleXMLRPCServer
        webbrowser antigravity wsgiref cgi
        shutil tempfile glob fileinput io _io _pyio mmap linecache filecmp tarfile zipfile shelve dbm sqlite3 _sqlite3
        pathlib._local fcntl
        ctypes _ctypes cffi _cffi_backend
        code codeop bdb pdb ipdb timeit trace cProfile profile pstats doctest unittest test pydoc inspect dis ast gc site
        compileall py_compile marshal _testcapi _xxsubinterpreters _interpreters
        pickle _pickle cPickle dill cloudpickle jsonpickle joblib.externals
        multiprocessing concurrent threading _thread thread sched atexit
        logging.config logging.handlers syslog
        distutils setuptools _distutils_hack pkg_resources ensurepip venv lib2to3 idlelib turtledemo pexpect
        cmd _osx_support _aix_support _pyrepl uuid platform ptyprocess sh plumbum paramiko fabric
        numpy.f2py numpy.testing numpy.distutils numpy.ctypeslib
        torch.hub torch.utils.cpp_extension torch.utils.collect_env torch.utils.bottleneck torch.utils._config_module
        torch.multiprocessing torch.distributed.elastic torch.distributed.run torch.package torch._inductor
        torch.utils.data.datapipes torch.utils.model_zoo
        IPython notebook jupyter_client ipykernel execnet
        """)

    private static let names: [String: Set<String>] = [
        "builtins": builtins, "__builtin__": builtins, "__builtins__": builtins,
        "functools": words("partial partialmethod reduce"), "_functools": words("partial reduce"),
        "operator": operators, "_operator": operators,
        "types": words("CodeType FunctionType LambdaType MethodType ModuleType new_class"),
        "new": words("code function instancemethod"),
        "logging": words("FileHandler basicConfig"),
        "_codecs": words("decode"), "codecs": words("decode open"),
        "torch": words("load compile"),
        "torch.serialization": words("load _load _legacy_load _load_from_bytes _open_file"),
        "torch.jit": words("load"), "torch.jit._serialization": words("load"),
        "torch.jit.unsupported_tensor_ops": words("execWrapper"),
        "torch._dynamo.guards": words("GuardBuilder.get"),
        "torch.fx.experimental.symbolic_shapes": words("ShapeEnv.evaluate_guards_expression"),
        "numpy": words("load fromfile memmap loadtxt genfromtxt save savez savetxt"),
        "numpy.lib.npyio": words("load"), "numpy.lib._npyio_impl": words("load"),
        "numpy.core.multiarray": words("fromfile"), "numpy._core.multiarray": words("fromfile"),
        "joblib": words("load"), "joblib.numpy_pickle": words("load"),
        "pandas": words("read_pickle eval"), "pandas.io.pickle": words("read_pickle"),
        "pandas.core.computation.eval": words("eval"),
        "sklearn.externals.joblib": words("load"),
        "getpass": words("getpass unix_getpass"),
        "pathlib": words("Path.write_text Path.write_bytes Path.unlink Path.open Path.read_text Path.read_bytes"),
        "yaml": words("load unsafe_load full_load"),
    ]

    private static let builtins = words(
        """
        eval exec execfile compile getattr setattr delattr __import__ open input raw_input apply breakpoint globals locals
        vars dir map filter reload file help exit quit memoryview
        """)

    private static let operators = words("attrgetter itemgetter methodcaller call")

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
