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

    /// <summary>As Docker Compose has it, whose .env says nothing but Redis's password, or not even that.</summary>
    public static string Interpolate(string text, string password) => text.Replace("${REDIS_PASSWORD:-}", password, StringComparison.Ordinal);

    /// <summary>A Redis that drops chunks before leases: leases have less time to live, but are used all the time.</summary>
    public static void AssertBoundedByUse(string[] command)
    {
        Assert.Matches("^[1-9][0-9]*mb$", OptionOf(command, "--maxmemory"));
        Assert.Equal("volatile-lru", OptionOf(command, "--maxmemory-policy"));
    }

    /// <summary>What follows it.</summary>
    public static string OptionOf(string[] command, string option) => command[Array.IndexOf(command, option) + 1];

    private static string RootOf([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));
}
