using System.Runtime.InteropServices;
using AceProxy.Benchmarks;
using AceProxy.Benchmarks.FanOut;
using AceProxy.Benchmarks.MainJob;

// Measures the program as a process of its own against a simulated engine in this one, and prints what it saw beside what is wanted.
// Nothing here passes or fails: the machine decides the figures, a person decides whether they are good.
Dictionary<string, Func<Report, Task>> scenarios = new()
{
    ["burst"] = BurstScenario.RunAsync,
    ["leaving"] = LeavingScenario.RunAsync,
    ["zapping"] = ZappingScenario.RunAsync,
    ["join"] = JoinScenario.RunAsync,
    ["slow"] = SlowClientsScenario.RunAsync,
    ["faults"] = FaultScenario.RunAsync,
    ["failover"] = FailoverScenario.RunAsync,
    ["cluster"] = ClusterScenario.RunAsync,
    ["refusals"] = RefusalScenario.RunAsync,
    ["start"] = StartScenario.RunAsync,
    ["fanout"] = FanOutScenario.RunAsync,
};

string[] chosen = args.Length == 0 ? [.. scenarios.Keys] : args;
if (chosen.FirstOrDefault(name => !scenarios.ContainsKey(name)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is not a scenario; there are: {string.Join(", ", scenarios.Keys)}");
    return 2;
}

Console.WriteLine($"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
var report = new Report();
foreach (string name in chosen)
{
    Console.WriteLine($"… {name}");
    await scenarios[name](report);
}

report.Print();
return 0;
