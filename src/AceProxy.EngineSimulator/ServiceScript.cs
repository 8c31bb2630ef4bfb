using AceProxy.EngineSimulator.Contents;

namespace AceProxy.EngineSimulator;

/// <summary>What the service API says, apart from any content.</summary>
public sealed record ServiceScript
{
    public string Version { get; init; } = "3.2.3";

    public int VersionCode { get; init; } = 3_020_300;

    public string Platform { get; init; } = "linux";

    public string AccessToken { get; init; } = new('a', 64);

    /// <summary>Whether the engine says it reaches the internet.</summary>
    public bool Connected { get; init; } = true;

    /// <summary>Applied to every reply of the service API.</summary>
    public ReplyDefect Defect { get; init; }

    public TimeSpan Delay { get; init; }
}
