using System.Globalization;
using AceProxy.Benchmarks;
using AceProxy.Benchmarks.Chaos;
using AceProxy.Benchmarks.FanOut;
using AceProxy.Benchmarks.MainJob;
using AceProxy.Benchmarks.Micro;
using AceProxy.Benchmarks.Profile;

// Measures the program as a process of its own against a simulated engine in this one, and prints what it saw beside what is wanted.
// The machine decides the figures; what does not depend on it, allocation, fails the run when it is beyond its budget.
const string Quick = "--quick";
const string Spare = "--spare";
Pace pace = args.Contains(Quick) ? Pace.Quick : Pace.Full;
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
    ["cluster-kills"] = OwnerKills.RunAsync,
    ["cluster-loss"] = ClusterScenario.RedisLostAsync,
    ["cluster-cost"] = ClusterScenario.CostAsync,
    ["chaos"] = report => new ChaosScenario(report, Number("--minutes", 10), (int)Number("--seed", Random.Shared.Next(1, 1_000_000)), args.Contains(Spare)).RunAsync(),
    ["refusals"] = RefusalScenario.RunAsync,
    ["start"] = StartScenario.RunAsync,
    ["attack"] = AttackScenario.RunAsync,
    ["cost-1"] = report => FanOutScenario.CompareAsync(report, pace, streams: 1),
    ["cost-50"] = report => FanOutScenario.CompareAsync(report, pace, streams: 50),
    ["cost-100"] = report => FanOutScenario.CompareAsync(report, pace, streams: 100),
    ["memory"] = report => FanOutScenario.MeasureMemoryAsync(report, pace),
    ["fanout"] = report => FanOutScenario.RunAsync(report, pace),
    ["gateway"] = GatewayScenario.RunAsync,
    ["profile"] = ProfileScenario.RunAsync,
    ["micro"] = MicroScenario.RunAsync,
    ["most"] = MostScenario.RunAsync,
};

string[] chosen = [.. args.Where((argument, at) => argument[0] != '-' && (at == 0 || args[at - 1] is not ("--minutes" or "--seed")))];
chosen = chosen.Length == 0 ? [.. scenarios.Keys.Except(["most", "cost-1", "cost-50", "cost-100", "memory", "profile", "chaos", "cluster-kills", "cluster-loss", "cluster-cost"])] : chosen; // parts, no table, a soak
if (chosen.FirstOrDefault(name => !scenarios.ContainsKey(name)) is { } unknown)
{
    Console.Error.WriteLine($"'{unknown}' is not a scenario; there are: {string.Join(", ", scenarios.Keys)}; {Quick} for a shorter fanout; --minutes N, --seed N and {Spare}, which never kills the first worker, for chaos");
    return 2;
}

Console.WriteLine(Machine.Describe(args));
var report = new Report();
foreach (string name in chosen)
{
    Console.WriteLine($"… {name}");
    await scenarios[name](report);
}

report.Print();
return report.HasFailed ? 1 : 0;

double Number(string name, double @default) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : @default;
