using System.Net;
using Microsoft.Extensions.Logging.Abstractions;

namespace AceProxy.EngineSimulator;

/// <summary>How an engine is started. Everything answers at once by default; see <see cref="WithRealisticTiming"/>.</summary>
public sealed record SimulatorOptions
{
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port of the engine's API; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Port of the control API; 0 takes a free one, null leaves it out.</summary>
    public int? ControlPort { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Seed of everything uneven: sizes and times of writes, where in a packet a stream begins.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How long a session lives that nobody reads and nobody asks for.</summary>
    public TimeSpan IdleExpiry { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a session lives whose reader has been sent nothing, because there is nothing or because it does not read; null: for ever.
    /// A real engine's default seems to be 15 s.
    /// </summary>
    public TimeSpan? ReaderExpiry { get; init; }

    /// <summary>Before a start call with an unknown content id (or address, or magnet) fails.</summary>
    public TimeSpan UnknownIdDelay { get; init; }

    /// <summary>Before a start call with an unknown infohash fails.</summary>
    public TimeSpan UnknownInfohashDelay { get; init; }

    /// <summary>Before <c>get_media_files</c> fails.</summary>
    public TimeSpan UnresolvedDelay { get; init; }

    /// <summary>Before <c>analyze_content</c> fails.</summary>
    public TimeSpan UnanalyzedDelay { get; init; }

    /// <summary>Fail start calls for unknown contents with a plain 500 even where JSON was asked for.</summary>
    public bool UnknownContentAsPlain500 { get; init; }

    /// <summary>How long an event call without an event is held.</summary>
    public TimeSpan EventHold { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The delays that real engines were seen to take.</summary>
    public SimulatorOptions WithRealisticTiming() => this with
    {
        UnknownIdDelay = TimeSpan.FromSeconds(4),
        UnknownInfohashDelay = TimeSpan.FromSeconds(28),
        UnresolvedDelay = TimeSpan.FromSeconds(15),
        UnanalyzedDelay = TimeSpan.FromSeconds(30),
    };
}
