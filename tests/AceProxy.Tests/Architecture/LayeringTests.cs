using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using AceProxy.Buffering;
using AceProxy.Hosting;
using Microsoft.Extensions.Hosting;

namespace AceProxy.Tests.Architecture;

public sealed partial class LayeringTests
{
    /// <summary>A folder is one step of the data's way, or one of the two that hold the steps together.</summary>
    private static readonly string[] Folders =
    [
        "Access", "Content", "LiveStreams", "Engines", "EngineApi", "Upstream", "MpegTs", "Splicing", "Buffering", "Delivery", "Cluster", "Gateway",
        "Hls", "Vod", "Events", "Operations", "Telemetry", "Top",
        "Settings", "Hosting",
    ];

    private static readonly Assembly Program = typeof(ProxyApplication).Assembly;

    [Fact]
    public void MpegTs_AllOfIt_KnowsNothingButItself() => AssertReferences("AceProxy.MpegTs");

    [Fact]
    public void Splicing_AllOfIt_KnowsOnlyPackets() => AssertReferences("AceProxy.Splicing", "AceProxy.MpegTs");

    [Fact]
    public void Buffering_AllOfIt_KnowsOnlyPacketsAndItsSettings() =>
        AssertReferences("AceProxy.Buffering", "AceProxy.Splicing", "AceProxy.MpegTs", "AceProxy.Settings");

    [Fact]
    public void Spectre_InTheProgram_IsKnownToDrawingOnly()
    {
        string[] knowing =
        [
            .. Program.GetTypes()
                .Where(type => References.Of(type).Any(reference => reference.Assembly.GetName().Name == "Spectre.Console"))
                .Select(type => type.Namespace ?? "").Where(name => name.StartsWith("AceProxy", StringComparison.Ordinal)).Distinct(),
        ];

        Assert.Equal(["AceProxy.Top.Drawing"], knowing);
    }

    [Fact]
    public void RedisClient_InTheProgram_IsKnownToTheClusterOnly()
    {
        string[] knowing =
        [
            .. Program.GetTypes()
                .Where(type => References.Of(type).Any(reference => reference.Assembly.GetName().Name == "StackExchange.Redis"))
                .Select(type => type.Namespace ?? "").Where(name => !IsCluster(name)).Distinct(),
        ];

        Assert.Empty(knowing);
        Assert.Contains(typeof(StackExchange.Redis.RedisKey), References.Of(typeof(AceProxy.Cluster.ClusterKeys))); // it would be found
    }

    [Fact]
    public void NamesInRedis_AreWrittenInOneFile()
    {
        string[] writing =
        [
            .. new DirectoryInfo(Path.Combine(SourceOf(), "..", "..", "..", "src", "AceProxy")).EnumerateFiles("*.cs", SearchOption.AllDirectories)
                .Where(file => !file.FullName.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                .Where(file => NameInRedis().IsMatch(File.ReadAllText(file.FullName))).Select(file => file.Name),
        ];

        Assert.Equal(["ClusterKeys.cs"], writing);
    }

    [Fact]
    public void References_OfAKnownType_AreFoundInSignaturesAndBodies()
    {
        HashSet<Type> found = References.Of(typeof(ChunkRing));

        Assert.Contains(typeof(RandomAccessIndex), found); // a field
        Assert.Contains(typeof(AceProxy.MpegTs.PacketAligner), References.Of(typeof(RingWriter)));
        Assert.Contains(typeof(Interlocked), found); // only called
        Assert.Contains(typeof(Task), found); // only returned
    }

    [Fact]
    public void Types_All_LieInANamespaceOfAKnownFolder()
    {
        Type[] elsewhere = [.. Program.GetTypes().Where(type =>
            !IsGenerated(type) && type.Name != nameof(Program) && !Folders.Contains(type.Namespace?.Split('.').ElementAtOrDefault(1)))];

        Assert.Empty(elsewhere);
    }

    /// <summary>Nothing that others put into Redis may end what goes on in the background, or the process.</summary>
    [Fact]
    public void BackgroundServices_OfWhatSpeaksWithRedis_AreSteady() => Assert.DoesNotContain(
        Program.GetTypes(),
        type => type.IsAssignableTo(typeof(BackgroundService)) && !type.IsAssignableTo(typeof(SteadyService))
            && type.Namespace is { } name && (name.StartsWith("AceProxy.Cluster", StringComparison.Ordinal) || name == "AceProxy.Gateway"));

    [Fact]
    public void Types_All_AreInternal() => Assert.DoesNotContain(Program.GetExportedTypes(), type => type.Name != nameof(Program));

    [Fact]
    public void SourceFolders_All_AreKnown()
    {
        var source = new DirectoryInfo(Path.Combine(SourceOf(), "..", "..", "..", "src", "AceProxy"));
        string[] unknown = [.. source.GetDirectories().Select(folder => folder.Name).Except([.. Folders, "bin", "obj", "Properties"])];

        Assert.True(source.Exists);
        Assert.Empty(unknown);
    }

    private static void AssertReferences(string name, params string[] others)
    {
        string[] allowed = [name, .. others];
        Type[] types = [.. Program.GetTypes().Where(type => type.Namespace == name)];
        string[] strangers =
        [
            .. from type in types
               from reference in References.Of(type)
               where !IsGenerated(reference) && !allowed.Contains(reference.Namespace) && !IsPlainSystem(reference)
               select $"{type} knows {reference}",
        ];

        Assert.True(types.Length > 5, $"{name} is empty");
        Assert.Empty(strangers);
    }

    /// <summary>At the beginning of a string, and not of a message.</summary>
    [GeneratedRegex("\"aceproxy:[^ ]")]
    private static partial Regex NameInRedis();

    private static bool IsCluster(string name) => name == "AceProxy.Cluster" || name.StartsWith("AceProxy.Cluster.", StringComparison.Ordinal);

    private static bool IsPlainSystem(Type type) =>
        type.Namespace is { } name && (name == "System" || name.StartsWith("System.", StringComparison.Ordinal))
        && !name.StartsWith("System.Net", StringComparison.Ordinal) && !name.StartsWith("System.Data", StringComparison.Ordinal);

    /// <summary>What the compiler puts beside our types.</summary>
    private static bool IsGenerated(Type type) =>
        type.Namespace is null or "Microsoft.CodeAnalysis" || type.FullName!.Contains('<', StringComparison.Ordinal)
        || type.Namespace.StartsWith("System.", StringComparison.Ordinal) && type.Assembly == Program
        || type.Namespace.StartsWith("Microsoft.", StringComparison.Ordinal) && type.Assembly == Program;

    private static string SourceOf([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
