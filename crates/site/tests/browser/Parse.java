import com.sun.source.util.JavacTask;
import java.nio.file.Path;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/** Reads a Java file by the compiler's own grammar, without looking for what it imports. */
public class Parse {
    public static void main(String[] args) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new DiagnosticCollector<JavaFileObject>();
        var files = compiler.getStandardFileManager(problems, null, null);
        var sources = files.getJavaFileObjectsFromPaths(List.of(Path.of(args[0])));
        ((JavacTask) compiler.getTask(null, files, problems, null, null, sources)).parse();
        for (Diagnostic<?> problem : problems.getDiagnostics()) {
            System.out.println(problem);
        }
    }
}
