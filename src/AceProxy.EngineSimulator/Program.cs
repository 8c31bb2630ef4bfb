using System.Net.Sockets;
using System.Runtime.InteropServices;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.CommandLine;

var arguments = ArgumentParser.Parse(args);
if (arguments.Help)
{
    Console.WriteLine(ArgumentParser.Usage);
    return 0;
}
if (arguments.Problems.Length > 0)
{
    foreach (var problem in arguments.Problems)
        Console.Error.WriteLine(problem);
    Console.Error.WriteLine("Try --help.");
    return 2;
}

var ended = new TaskCompletionSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var logging = LoggerFactory.Create(builder => builder.AddSimpleConsole(format => format.SingleLine = true)
    .SetMinimumLevel(arguments.Verbose ? LogLevel.Debug : LogLevel.Warning));
try
{
    await using var engine = await SimulatedEngine.StartAsync(arguments.Options with { LoggerFactory = logging });
    foreach (var script in arguments.Contents)
        engine.Add(script);
    Console.WriteLine($"engine  http://{engine.EndPoint}");
    if (engine.ControlEndPoint is { } control)
        Console.WriteLine($"control http://{control}");
    foreach (var script in arguments.Contents)
        Console.WriteLine($"content {script.ContentId} infohash {script.Infohash} {script.Name}");
    await ended.Task;
    return 0;
}
catch (SocketException failure)
{
    Console.Error.WriteLine($"Cannot listen on {arguments.Options.Address}:{arguments.Options.Port}: {failure.Message}");
    return 1;
}

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.TrySetResult();
}
