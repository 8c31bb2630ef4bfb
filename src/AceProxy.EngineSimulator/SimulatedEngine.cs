using System.Net;
using System.Text;
using AceProxy.EngineSimulator.Api;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Control;
using AceProxy.EngineSimulator.Http;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.EngineSimulator;

/// <summary>A stand-in for an AceStream engine's HTTP API, scripted and observed by whoever started it.</summary>
public sealed class SimulatedEngine : IAsyncDisposable
{
    private readonly Simulation _simulation;
    private readonly EngineListener _listener;
    private ControlServer? _control;

    private SimulatedEngine(SimulatorOptions options)
    {
        _simulation = new Simulation(options);
        _listener = new EngineListener(options.TimeProvider, _simulation.Events, new RequestRouter(_simulation).AnswerAsync);
    }

    /// <summary>Where the engine's API listens.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Where the control API listens, if there is one.</summary>
    public IPEndPoint? ControlEndPoint => _control?.EndPoint;

    /// <summary>Base address of the engine's API, without a path.</summary>
    public Uri Address => new($"http://{EndPoint}");

    public IReadOnlyList<SimulatedContent> Contents => _simulation.Contents.All;

    /// <summary>Sessions of this engine, ended ones included, in the order of their start.</summary>
    public IReadOnlyList<SimulatedSession> Sessions => _simulation.Sessions.Snapshot();

    public int OpenSessionCount => _simulation.Sessions.CountOpen();

    /// <summary>Sessions ever opened, restarts not taken off.</summary>
    public long SessionsOpened => _simulation.Sessions.Opened;

    public int ReaderCount => _simulation.Sessions.CountReaders();

    public int ConnectionCount => _listener.ConnectionCount;

    /// <summary>The latest 10,000 requests, oldest first.</summary>
    public IReadOnlyList<LoggedRequest> Requests => _simulation.Requests.Snapshot();

    public long RequestCount => _simulation.Requests.Total;

    /// <summary>The latest 10,000 state changes, oldest first.</summary>
    public IReadOnlyList<EngineEvent> Events => _simulation.Events.Snapshot();

    /// <summary>What the service API says.</summary>
    public ServiceScript Service
    {
        get => _simulation.Service;
        set => _simulation.Service = value;
    }

    public static async Task<SimulatedEngine> StartAsync(SimulatorOptions? options = null)
    {
        options ??= new SimulatorOptions();
        var engine = new SimulatedEngine(options);
        engine._listener.Start(new IPEndPoint(options.Address, options.Port));
        if (options.ControlPort is { } controlPort)
            engine._control = await ControlServer.StartAsync(engine, new IPEndPoint(options.Address, controlPort));
        return engine;
    }

    /// <exception cref="ArgumentException">One of its ids belongs to another content.</exception>
    public SimulatedContent Add(ContentScript script)
    {
        ArgumentNullException.ThrowIfNull(script);
        return _simulation.Contents.Add(script);
    }

    /// <summary>Makes the content unknown; sessions it has go on.</summary>
    public bool Remove(SimulatedContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var removed = _simulation.Contents.Remove(content);
        _simulation.Events.Add(EngineEventKind.ContentRemoved, content.Infohash);
        return removed;
    }

    /// <summary>Stops or starts accepting connections. While refusing, the port is kept and those connected stay.</summary>
    public void Refuse(bool refusing) => _listener.Refuse(refusing);

    /// <summary>Accept connections and read requests, but answer none. Streams that run go on.</summary>
    public void Hang(bool hanging)
    {
        _simulation.Hanging = hanging;
        _simulation.Events.Add(EngineEventKind.HangingChanged, hanging.ToString());
    }

    /// <summary>Loses all sessions and cuts all connections with RST, as an engine that is killed and started again.</summary>
    public void Restart()
    {
        _simulation.Sessions.Clear();
        _listener.ResetConnections();
        _simulation.Events.Add(EngineEventKind.EngineRestarted, EndPoint.ToString());
    }

    /// <summary>Returns once the condition holds. It is looked at now and after each state change, and must not block.</summary>
    /// <param name="timeout">Real time, whatever clock the engine runs on.</param>
    /// <exception cref="TimeoutException">It did not come to hold; the message has the engine's state.</exception>
    public async Task WaitUntilAsync(
        Func<SimulatedEngine, bool> condition, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        try
        {
            await _simulation.Changes.WaitUntilAsync(() => condition(this), timeout, cancellationToken);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}{Environment.NewLine}{DescribeState()}", late);
        }
    }

    /// <summary>Sessions, readers and the latest events and requests as text for a failing test.</summary>
    public string DescribeState()
    {
        var text = new StringBuilder();
        text.AppendLine($"Engine {EndPoint}: {OpenSessionCount} open sessions, {SessionsOpened} opened, {ReaderCount} readers, {ConnectionCount} connections");
        foreach (var session in Sessions.TakeLast(20))
            text.AppendLine(session.ToString());
        foreach (var request in Requests.TakeLast(20))
            text.AppendLine($"{request.At:HH:mm:ss.fff} #{request.ConnectionId} {request.Method} {request.Target}");
        foreach (var change in Events.TakeLast(40))
            text.AppendLine($"{change.At:HH:mm:ss.fff} {change.Kind} {change.Detail}");
        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
            await _control.DisposeAsync();
        await _listener.DisposeAsync();
        _simulation.Sessions.Clear();
    }
}
