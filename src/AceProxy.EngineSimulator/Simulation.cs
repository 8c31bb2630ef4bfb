using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator;

/// <summary>The state that the parts of one engine share.</summary>
internal sealed class Simulation
{
    private readonly Random _seeds;
    private volatile ServiceScript _service = new();

    public Simulation(SimulatorOptions options)
    {
        Options = options;
        _seeds = new Random(options.Seed);
        Events = new EventLog(options.TimeProvider, options.LoggerFactory.CreateLogger("AceProxy.EngineSimulator"), Changes);
        Contents = new ContentCatalog(Events);
        Sessions = new SessionTable(options.TimeProvider, options.IdleExpiry, options.ReaderExpiry, Events);
    }

    public SimulatorOptions Options { get; }

    public TimeProvider Time => Options.TimeProvider;

    public ChangeSignal Changes { get; } = new();

    public EventLog Events { get; }

    public BoundedLog<LoggedRequest> Requests { get; } = new(capacity: 10_000);

    public ContentCatalog Contents { get; }

    public SessionTable Sessions { get; }

    /// <summary>Read every request and answer none.</summary>
    public bool Hanging { get; set; }

    public ServiceScript Service
    {
        get => _service;
        set => _service = value;
    }

    /// <summary>A source of unevenness of one's own, the same in each run for the same order of calls.</summary>
    public Random NewRandom()
    {
        lock (_seeds)
            return new Random(_seeds.Next());
    }
}
