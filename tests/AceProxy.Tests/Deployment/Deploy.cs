using System.Runtime.CompilerServices;

namespace AceProxy.Tests.Deployment;

/// <summary>The files that an operator takes, and what tests of them need.</summary>
internal static class Deploy
{
    public static string Root { get; } = RootOf();

    public static string PathOf(string file) => Path.Combine(Root, file);

    public static string Read(string file) => File.ReadAllText(PathOf(file));

    public static HttpClient ClientOf(Uri address) => new(
        new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue, UseProxy = false, MaxResponseDrainSize = 0 })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static string RootOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
